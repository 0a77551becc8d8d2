//! A run allocates nothing.

#![allow(unsafe_code)] // an allocator is unsafe by nature

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use crate::network::{ConvOptions, Network, Table};
use tflite::{Kernels, Model, Session, SessionOptions};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts each thread's allocations.
struct Counting;

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: likewise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn assert_quiet(file: &[u8]) {
    let model = Model::parse(file).expect("sound");
    for kernels in [Kernels::Avx512, Kernels::Avx2, Kernels::Portable] {
        if !kernels.is_available() {
            continue;
        }
        let mut session = Session::new(&model, &SessionOptions { outputs: &[], kernels }).expect("runnable");
        let before = ALLOCATIONS.get();
        session.run();
        assert_eq!(ALLOCATIONS.get(), before, "{kernels:?}");
    }
}

#[test]
fn a_small_network_runs_without_allocating() {
    let mut net = Network::new();
    let x = net.input(&[1, 9, 9, 12]);
    let (weights, bias) = (net.weights(&[20, 3, 3, 12]), net.weights(&[20]));
    let y = net.op(3, &[x, weights, bias], &[1, 9, 9, 20], ConvOptions::default().table(false));
    let weights = net.weights(&[1, 3, 3, 20]);
    let y = net.op(4, &[y, weights, bias], &[1, 9, 9, 20], ConvOptions::default().table(true));
    let z = net.op(14, &[y], &[1, 9, 9, 20], Table::default());
    let amounts = net.ints(&[0, 0, 1, 1, 1, 1, 0, 3]);
    let padded = net.op(34, &[z, amounts], &[1, 11, 11, 23], Table::default());
    let joined = net.op(2, &[padded, padded], &[1, 22, 11, 23], Table::default().number(0, 1));
    let other = net.input(&[1, 22, 1, 23]);
    let sum = net.op(0, &[joined, other], &[1, 22, 11, 23], Table::default());
    assert_quiet(&net.finish(&[sum]));
}

#[test]
fn a_real_network_runs_without_allocating() {
    let folder = std::env::var_os("PANTOMIME_MODELS").map(std::path::PathBuf::from);
    let folder = folder.or_else(|| {
        Some(std::path::PathBuf::from(std::env::var_os("HOME")?).join(".cache/pantomime/models"))
    });
    let file =
        folder.and_then(|folder| std::fs::read(folder.join("face_landmark_with_attention.tflite")).ok());
    match file {
        Some(file) => assert_quiet(&file),
        None => {
            assert!(std::env::var_os("CI").is_none(), "the networks are missing");
            eprintln!("skipped: no networks");
        }
    }
}
