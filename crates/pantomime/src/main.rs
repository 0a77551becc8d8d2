//! See the library: everything is there.

use std::process::ExitCode;

fn main() -> ExitCode {
    pantomime::main()
}
