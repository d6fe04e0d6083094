//! The two requests of Kafka's protocol that the tests need, by hand: only `flow` knows a Kafka client.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const METADATA: i16 = 3;
const CREATE_TOPICS: i16 = 19;
const ANSWER_SECONDS_MAX: u64 = 15;

/// Makes a topic; the answer's error code, 0 for success.
pub(crate) fn create_topic(port: u16, name: &str, partitions: i32) -> io::Result<i16> {
    let mut body = 1_i32.to_be_bytes().to_vec();
    body.extend(string(name));
    body.extend(partitions.to_be_bytes());
    body.extend(1_i16.to_be_bytes());
    // No assignments, no settings, ten seconds, for real.
    body.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(10_000_i32.to_be_bytes());
    body.push(0);
    let answer = exchange(port, CREATE_TOPICS, 2, &body)?;
    // Throttle time, count, name, code.
    let at = 4 + 4 + 2 + name.len();
    Ok(i16::from_be_bytes([answer[at], answer[at + 1]]))
}

/// The names of the topics that a broker lists.
pub(crate) fn topics(port: u16) -> io::Result<Vec<String>> {
    let answer = exchange(port, METADATA, 1, &(-1_i32).to_be_bytes())?;
    let mut rest = Rest(&answer);
    for _ in 0..rest.int() {
        rest.int();
        rest.string();
        rest.int();
        rest.string();
    }
    rest.int();
    let mut names = Vec::new();
    for _ in 0..rest.int() {
        rest.take(2);
        names.push(rest.string());
        rest.take(1);
        for _ in 0..rest.int() {
            rest.take(2 + 4 + 4);
            for _ in 0..2 {
                let nodes = rest.int();
                rest.take(4 * usize::try_from(nodes).unwrap());
            }
        }
    }
    Ok(names)
}

fn exchange(port: u16, key: i16, version: i16, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut request = key.to_be_bytes().to_vec();
    request.extend(version.to_be_bytes());
    request.extend(7_i32.to_be_bytes());
    request.extend(string("test"));
    request.extend(body);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))?;
    stream.write_all(&i32::try_from(request.len()).unwrap().to_be_bytes())?;
    stream.write_all(&request)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut answer)?;
    Ok(answer.split_off(4))
}

fn string(text: &str) -> Vec<u8> {
    let mut bytes = i16::try_from(text.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take(&mut self, bytes: usize) -> &[u8] {
        let (taken, rest) = self.0.split_at(bytes);
        self.0 = rest;
        taken
    }

    fn int(&mut self) -> i32 {
        i32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    fn string(&mut self) -> String {
        let length = i16::from_be_bytes(self.take(2).try_into().unwrap());
        String::from_utf8(self.take(usize::try_from(length).unwrap_or(0)).to_vec()).unwrap()
    }
}
