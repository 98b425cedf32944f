//! A stand-in for the platform's endpoint, with its limits, in a thread of the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use super::world::{TASK, token};

/// A request as received.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Request {
    /// Returns the texts of its messages.
    pub fn texts(&self) -> Vec<String> {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let messages = body["messages"].as_array().unwrap();
        messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    }
}

/// How the endpoint behaves for one request.
#[derive(Clone, Debug)]
pub enum Manner {
    /// As specified.
    Proper,
    /// Answers with this status and body.
    Status(u16, &'static str),
    /// Answers with this status and a body of 100 KB.
    Long(u16),
    /// Answers with this status and closes the connection in the middle of the body.
    Cut(u16),
    /// Answers with this status and never sends the rest of the body.
    Stall(u16),
    /// Resets the connection in the middle of the answer.
    Reset,
    /// Never answers.
    Silence,
}

#[derive(Default)]
struct Shared {
    /// The behaviour for the next requests; the last entry applies to all further ones.
    manners: Vec<Manner>,
    requests: Vec<Request>,
    over: bool,
}

pub struct Platform {
    port: u16,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

impl Platform {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new(Shared { manners: vec![Manner::Proper], ..Shared::default() }));
        let own = shared.clone();
        let thread = std::thread::spawn(move || serve(&listener, &own));
        Self { port, shared, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sets the behaviour for the next requests; the last entry applies to all further ones.
    pub fn behave(&self, manners: &[Manner]) {
        self.shared.lock().unwrap().manners = manners.to_vec();
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().unwrap().requests.clone()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.shared.lock().unwrap().over = true;
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Mutex<Shared>) {
    // Connections that are never answered are held until the end.
    let mut held = Vec::new();
    for stream in listener.incoming() {
        if shared.lock().unwrap().over {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Some(request) = read(&stream) else { continue };
        let manner = {
            let mut shared = shared.lock().unwrap();
            shared.requests.push(request.clone());
            if shared.manners.len() > 1 { shared.manners.remove(0) } else { shared.manners[0].clone() }
        };
        match manner {
            Manner::Silence => held.push(stream),
            Manner::Reset => {
                let _ = (&stream).write_all(b"HTTP/1.1 204 No");
                let _ = stream.shutdown(Shutdown::Both);
            }
            Manner::Status(status, body) => answer(&stream, status, body),
            Manner::Long(status) => answer(&stream, status, &"long ".repeat(20_000)),
            Manner::Cut(status) => begin(&stream, status),
            Manner::Stall(status) => {
                begin(&stream, status);
                held.push(stream);
            }
            Manner::Proper => {
                let (status, body) = judged(&request);
                answer(&stream, status, body);
            }
        }
    }
}

/// Judges a request as the platform does: URL, token, size and content.
fn judged(request: &Request) -> (u16, &'static str) {
    let wanted =
        format!("POST /api/v2/workspaceagents/me/tasks/{TASK}/log-snapshot?format=agentapi HTTP/1.1");
    let token = format!("coder-session-token: {}", token());
    if !request.headers.iter().any(|header| header.eq_ignore_ascii_case(&token)) {
        return (401, r#"{"message":"Unauthorized"}"#);
    }
    if request.line != wanted {
        return (404, r#"{"message":"Resource not found or you do not have access to this resource"}"#);
    }
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let whole = |message: &Value| {
        message["id"].is_i64()
            && message["content"].is_string()
            && matches!(message["role"].as_str(), Some("user" | "agent"))
    };
    let fits = body.is_some_and(|body| body["messages"].as_array().is_some_and(|all| all.iter().all(whole)));
    if request.body.len() > 65_536 || !fits {
        return (400, r#"{"message":"Request body is too large or no JSON"}"#);
    }
    (204, "")
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines
        .iter()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line: lines.first()?.clone(), headers: lines[1..].to_vec(), body })
}

fn answer(mut stream: &TcpStream, status: u16, body: &str) {
    let more = if (300..400).contains(&status) { "Location: http://127.0.0.1:1/elsewhere\r\n" } else { "" };
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let _ = write!(stream, "HTTP/1.1 {status} Status\r\n{more}{length}Connection: close\r\n\r\n{body}");
}

/// Sends the beginning of an answer.
fn begin(mut stream: &TcpStream, status: u16) {
    let _ = write!(stream, "HTTP/1.1 {status} Status\r\nContent-Length: 1000\r\n\r\n<html>");
}
