//! What shells and `man` want to know of the command line, made from its own description.

use std::io::Write;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{Cli, Failure};

/// `pantomime completions`.
pub(crate) fn completions(shell: Shell, out: &mut dyn Write) -> Result<(), Failure> {
    // They are put together first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pantomime", &mut script);
    out.write_all(&script).context("cannot write the completions").map_err(Failure::Internal)
}

/// `pantomime man`: the page of the program, or of one of its commands.
pub(crate) fn man(command: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    let mut program = Cli::command();
    program.build();
    let page = match command {
        None => Man::new(program),
        Some(name) => {
            let is_told = |known: &&Command| !known.is_hide_set() && known.get_name() != "help";
            let names = || program.get_subcommands().filter(is_told);
            let found = names().find(|known| known.get_name() == name).cloned().ok_or_else(|| {
                let known: Vec<_> = names().map(|known| known.get_name()).collect();
                Failure::Usage(format!("there is no command `{name}`: there are {}", known.join(", ")))
            })?;
            let title = format!("pantomime-{name}");
            Man::new(found.display_name(title.clone()))
                .title(title)
                .source(concat!("pantomime ", env!("CARGO_PKG_VERSION")))
        }
    };
    page.render(out).context("cannot write the page").map_err(Failure::Internal)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;

    fn page(command: Option<&str>) -> String {
        let mut page = Vec::new();
        man(command, &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn every_shell_is_told_every_command() {
        for shell in Shell::value_variants() {
            let mut script = Vec::new();
            completions(*shell, &mut script).unwrap();
            let script = String::from_utf8(script).unwrap();
            for word in ["transfer", "batch", "completions", "--export", "--side-by-side"] {
                // Fish writes options without their dashes.
                let word = word.trim_start_matches('-');
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
    }

    #[test]
    fn pages_are_what_man_reads() {
        let program = page(None);
        assert!(program.contains(".TH pantomime 1"), "{program}");
        assert!(program.contains("Exit codes") && !program.contains("run\\-job"), "{program}");
        let transfer = page(Some("transfer"));
        assert!(transfer.contains(".TH pantomime-transfer 1"), "{transfer}");
        assert!(transfer.contains("\\-\\-export"), "{transfer}");
        let failure = man(Some("dance"), &mut Vec::new()).unwrap_err();
        assert!(
            failure.message().starts_with("there is no command `dance`: there are transfer, check, batch, ")
        );
    }
}
