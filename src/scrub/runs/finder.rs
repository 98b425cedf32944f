//! Where runs begin and end, by the bits of blocks and without a branch for each of them.

use super::masks::Masks;
use super::{BLOCK, CHUNK, Run, Runs, SHORTEST};

/// Runs of a block that are written in any case.
const FEW: usize = 2;
/// No chunk has so many runs that are told: there is a byte between two of them.
const ROOM: usize = 128;
const _: () = assert!(CHUNK / (SHORTEST + 1) + 2 < ROOM && ROOM.is_power_of_two());
/// The bytes of a block: so many that places in a chunk, twice, are 16 bits long.
#[allow(clippy::cast_possible_truncation, reason = "it is less")]
const BLOCK_LENGTH: u16 = BLOCK as u16;
const _: () = assert!(2 * (CHUNK + BLOCK) < 1 << 16);

/// Finds runs block by block.
pub(super) struct Finder {
    runs: Runs,
    /// What is known of the block in front.
    last: Bits,
    /// Whether a digit stands in the run that is open, 1 or 0.
    digit: u64,
    /// Where the run began that is open in front of the chunk.
    open: Option<usize>,
    /// Where in the chunk the tenth characters of runs stand.
    tenths: Places,
    /// Where in it they end, twice, and 1 more if a digit stands in them.
    ends: Places,
    /// Where the chunk begins, and in it the next block.
    chunk: usize,
    at: u16,
}

/// The bits of a block that are the last of so many token characters in a row.
#[derive(Clone, Copy, Default)]
struct Bits {
    one: u64,
    two: u64,
    four: u64,
    /// Of [`SHORTEST`].
    run: u64,
}

impl Bits {
    /// Of a block behind another.
    #[inline(always)]
    fn of(one: u64, last: Self) -> Self {
        let two = one & behind(one, last.one, 1);
        let four = two & behind(two, last.two, 2);
        let eight = four & behind(four, last.four, 4);
        Self { one, two, four, run: eight & behind(two, last.two, 8) }
    }
}

const _: () = assert!(SHORTEST == 10, "eight and two bits in a row");

/// The bits moved up by `count` places, behind those of the block in front.
#[inline(always)]
fn behind(bits: u64, last: u64, count: usize) -> u64 {
    bits << count | last >> (BLOCK - count)
}

/// Places in order.
struct Places {
    list: [u16; ROOM],
    count: usize,
}

impl Places {
    /// Adds what `place` says of each bit.
    #[inline(always)]
    fn add(&mut self, bits: u64, place: impl Fn(u32) -> u16) {
        let mut left = bits;
        // Mostly there are none or few of them: so many are written in any case, and no branch asks how many.
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
        /// In so many bytes mostly stands one run at most; and room for so many is made at once: more than 1 KiB is asked of the slow part of
        /// an allocator.
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
        // Added to its token characters a digit is carried to where its run ends, or into the next block.
        let (sum, carried) = tokens.overflowing_add(digits);
        let (sum, more) = sum.overflowing_add(self.digit);
        self.digit = u64::from(carried | more);
        self.tenths.add(bits.run & !before, |bit| at + place(bit));
        self.ends.add(before & !bits.run, |bit| {
            2 * (at + place(bit)) + u16::from(sum >> (bit % u64::BITS) & 1 != 0)
        });
        self.last = bits;
    }

    /// Notes the runs of the chunk whose blocks were added, and what stands in it.
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

/// The place of a bit in a block.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, reason = "a word has 64 bits")]
fn place(bit: u32) -> u16 {
    bit as u16
}
