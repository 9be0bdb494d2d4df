//! A load balancer in small: nodes in turn, those alone that `/readyz` calls ready; connections are kept; another node is
//! tried only where a connection was refused. What was sent is never sent again.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::Over;
use crate::wire::{self, Answer, Question, Wire};

/// How often it is looked who is ready.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What is known of a node.
pub struct Node {
    url: String,
    ready: AtomicBool,
    /// Grows whenever it is ready no longer: connections from before are not used again.
    age: AtomicUsize,
}

pub struct Balancer {
    nodes: [Node; 2],
    turn: AtomicUsize,
    pub over: Over,
}

/// Connections to the nodes, of one who asks, each with the age of its node.
#[derive(Default)]
pub struct Kept([Option<(usize, Wire)>; 2]);

impl Balancer {
    pub fn new(urls: [String; 2]) -> Balancer {
        let node = |url| Node {
            url,
            ready: AtomicBool::new(true),
            age: AtomicUsize::new(0),
        };
        Balancer {
            nodes: urls.map(node),
            turn: AtomicUsize::new(0),
            over: Over::default(),
        }
    }

    pub fn is_ready(&self, node: usize) -> bool {
        self.nodes[node].ready.load(Ordering::SeqCst)
    }

    /// Looks after node number `node` until it is over.
    pub fn watch(&self, node: usize) {
        let node = &self.nodes[node];
        while !self.over.is_over() {
            let answer = wire::ask(&node.url, &Question::get("/readyz", ""));
            let ready = answer.is_ok_and(|answer| answer.status == 200);
            if node.ready.swap(ready, Ordering::SeqCst) && !ready {
                node.age.fetch_add(1, Ordering::SeqCst);
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Which node answered, and what.
    pub fn ask(&self, kept: &mut Kept, question: &Question<'_>) -> io::Result<(usize, Answer)> {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst);
        let mut refused = io::Error::other("no node is ready");
        for node in [turn % 2, (turn + 1) % 2] {
            if !self.is_ready(node) {
                continue;
            }
            let age = self.nodes[node].age.load(Ordering::SeqCst);
            let known = kept.0[node].take().filter(|(then, _)| *then == age);
            let mut wire = match known {
                Some((_, wire)) => wire,
                None => match Wire::connect(&self.nodes[node].url) {
                    Ok(wire) => wire,
                    Err(error) => {
                        refused = error;
                        continue;
                    }
                },
            };
            let answer = wire.ask(question)?;
            if !answer.closes() {
                kept.0[node] = Some((age, wire));
            }
            return Ok((node, answer));
        }
        Err(refused)
    }
}
