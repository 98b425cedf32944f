//! Extracts runs from the masks of blocks, without a branch for each byte.

use super::masks::Masks;
use super::{BLOCK, CHUNK, Run, Runs, SHORTEST};

/// The number of runs of a block that are always written.
const FEW: usize = 2;
/// More than the runs that fit into a chunk, with a byte between two of them.
const ROOM: usize = 128;
const _: () = assert!(CHUNK / (SHORTEST + 1) + 2 < ROOM && ROOM.is_power_of_two());
/// The length of a block. Twice any offset in a chunk fits into 16 bits.
#[allow(clippy::cast_possible_truncation, reason = "it is less")]
const BLOCK_LENGTH: u16 = BLOCK as u16;
const _: () = assert!(2 * (CHUNK + BLOCK) < 1 << 16);

/// Finds runs block by block.
pub(super) struct Finder {
    runs: Runs,
    /// The masks of the block before.
    last: Bits,
    /// 1 if the run that is open contains a digit, otherwise 0.
    digit: u64,
    /// The start of the run that was open at the beginning of the chunk.
    open: Option<usize>,
    /// The offsets in the chunk of the tenth characters of runs.
    tenths: Places,
    /// The offsets in the chunk at which runs end, times 2, plus 1 if the run contains a digit.
    ends: Places,
    /// The offset of the chunk, and in it that of the next block.
    chunk: usize,
    at: u16,
}

/// For each length a mask of the bytes in a block that end this many consecutive token characters.
#[derive(Clone, Copy, Default)]
struct Bits {
    one: u64,
    two: u64,
    four: u64,
    /// For the length [`SHORTEST`].
    run: u64,
}

impl Bits {
    /// Computes the masks of a block from those of the block before.
    #[inline(always)]
    fn of(one: u64, last: Self) -> Self {
        let two = one & behind(one, last.one, 1);
        let four = two & behind(two, last.two, 2);
        let eight = four & behind(four, last.four, 4);
        Self { one, two, four, run: eight & behind(two, last.two, 8) }
    }
}

const _: () = assert!(SHORTEST == 10, "eight and two bits in a row");

/// Shifts the bits up by `count`, with those of the block before shifted in.
#[inline(always)]
fn behind(bits: u64, last: u64, count: usize) -> u64 {
    bits << count | last >> (BLOCK - count)
}

/// A buffer of offsets, in order.
struct Places {
    list: [u16; ROOM],
    count: usize,
}

impl Places {
    /// Adds the result of `place` for each set bit.
    #[inline(always)]
    fn add(&mut self, bits: u64, place: impl Fn(u32) -> u16) {
        let mut left = bits;
        // Mostly none or few bits are set, so the first few are written unconditionally instead of branching
        // on their number.
        for more in 0..FEW {
            self.list[(self.count + more) % ROOM] = place(left.trailing_zeros());
            left &= left.wrapping_sub(1);
        }
        let mut more = FEW;
        while left != 0 {
            self.list[(self.count + more) % ROOM] = place(left.trailing_zeros());
            left &= left - 1;
            more += 1;
        }
        self.count += bits.count_ones() as usize;
    }
}

impl Finder {
    #[inline(always)]
    pub(super) fn new(length: usize) -> Self {
        /// The list is allocated for one run in this many bytes, which is mostly enough, and for at most 1
        /// KiB: larger requests take the slow path of an allocator.
        const EACH: usize = 32;
        const RUNS: usize = (1 << 10) / size_of::<Run>();
        let joints = Vec::with_capacity(length.div_ceil(BLOCK));
        let list = Vec::with_capacity(RUNS.min(length / EACH));
        let chunks = if length > CHUNK { Vec::with_capacity(length.div_ceil(CHUNK)) } else { Vec::new() };
        let runs = Runs { list, joints, marks: 0, chunks, length };
        let places = || Places { list: [0; ROOM], count: 0 };
        let (tenths, ends) = (places(), places());
        Self { runs, last: Bits::default(), digit: 0, open: None, tenths, ends, chunk: 0, at: 0 }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, masks: &Masks) {
        let at = self.at;
        self.at += BLOCK_LENGTH;
        let [tokens, digits, joints] = masks.whole();
        self.runs.joints.push(joints);
        let bits = Bits::of(tokens, self.last);
        let before = behind(bits.run, self.last.run, 1);
        // Added to the token characters, a digit carries into the bit where its run ends, or into the next
        // block.
        let (sum, carried) = tokens.overflowing_add(digits);
        let (sum, more) = sum.overflowing_add(self.digit);
        self.digit = u64::from(carried | more);
        self.tenths.add(bits.run & !before, |bit| at + place(bit));
        self.ends.add(before & !bits.run, |bit| {
            2 * (at + place(bit)) + u16::from(sum >> (bit % u64::BITS) & 1 != 0)
        });
        self.last = bits;
    }

    /// Records the runs of the chunk whose blocks were added, and the marks in it.
    #[inline(always)]
    pub(super) fn end_chunk(&mut self, marks: u8) {
        let chunk = self.chunk;
        let start = |tenth: &u16| chunk + usize::from(*tenth) + 1 - SHORTEST;
        let run = |start, end: &u16| Run { start, end: chunk + usize::from(end / 2), digit: end & 1 != 0 };
        let mut tenths = self.tenths.list[..self.tenths.count].iter();
        let mut ends = self.ends.list[..self.ends.count].iter();
        if let Some(open) = self.open
            && let Some(end) = ends.next()
        {
            self.runs.list.push(run(open, end));
            self.open = None;
        }
        self.runs.list.extend(ends.map(|end| run(tenths.next().map_or(chunk, start), end)));
        self.open = self.open.or(tenths.next().map(start));
        (self.tenths.count, self.ends.count, self.at) = (0, 0, 0);
        self.chunk += CHUNK;
        self.runs.marks |= marks;
        if self.runs.length > CHUNK {
            self.runs.chunks.push(marks);
        }
    }

    #[inline(always)]
    pub(super) fn finish(mut self) -> Runs {
        if let Some(start) = self.open {
            let run = Run { start, end: self.runs.length, digit: self.digit != 0 };
            self.runs.list.push(run);
        }
        self.runs
    }
}

/// The offset of a bit in a block.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a word has 64 bits")]
fn place(bit: u32) -> u16 {
    bit as u16
}
