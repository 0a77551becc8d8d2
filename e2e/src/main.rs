//! The program `pantomime`, built once more where the tests of the product find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    pantomime::main()
}
