use std::io::Write;

use anyhow::Context as _;
use server::{Key, KeyTerms, SomeSettings, Store};

use crate::Failure;
use crate::cli::{KeysArgs, KeysCommand};
use crate::serve::{runtime, settings};

/// `pantomime keys …`, beside a running server too.
pub(crate) fn run(args: KeysArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let data = settings(args.place, SomeSettings::default())?.data;
    std::fs::create_dir_all(&data)
        .with_context(|| format!("the data folder {} cannot be made", data.display()))
        .map_err(Failure::Internal)?;
    runtime()?.block_on(async {
        let store = Store::open(&data.join("pantomime.db")).await.map_err(internal)?;
        let done = act(&store, args.command, out).await;
        store.close().await;
        done
    })
}

async fn act(store: &Store, command: KeysCommand, out: &mut dyn Write) -> Result<(), Failure> {
    let lines = match command {
        KeysCommand::Create { name, scopes, requests_per_second, open_jobs, budget, price } => {
            let terms = KeyTerms { name, scopes, requests_per_second, open_jobs, budget, price };
            let (key, secret) = store.create_key(terms).await.map_err(internal)?;
            vec![
                format!("{} {}", key.id, key.terms.name),
                format!("secret: {}", secret.reveal()),
                "It is shown this once and kept as a hash: write it down.".to_owned(),
            ]
        }
        KeysCommand::List => {
            let keys = store.keys().await.map_err(internal)?;
            if keys.is_empty() {
                vec![
                    "There is no key: the server listens on this machine alone, and lets anybody in."
                        .to_owned(),
                ]
            } else {
                keys.iter().map(line).collect()
            }
        }
        KeysCommand::Revoke { id } => {
            if !store.revoke_key(&id).await.map_err(internal)? {
                return Err(Failure::Usage(format!(
                    "there is no good key {id}: `pantomime keys list` names them"
                )));
            }
            vec![format!("{id} is revoked; a running server refuses it within two seconds.")]
        }
    };
    for line in lines {
        writeln!(out, "{line}").context("cannot write the answer").map_err(Failure::Internal)?;
    }
    Ok(())
}

fn line(key: &Key) -> String {
    let dollars = |millionths: i64| format!("${:.2}", millionths as f64 / 1e6);
    let scopes: Vec<_> = key.terms.scopes.iter().map(|scope| scope.as_str()).collect();
    let budget =
        key.terms.budget.map_or_else(|| "no budget".to_owned(), |budget| format!("of {}", dollars(budget)));
    format!(
        "{}  {:8} {:20} {:12} charged {} {budget}, held {}, {} a job",
        key.id,
        if key.revoked_ms.is_some() { "revoked" } else { "good" },
        key.terms.name.replace(char::is_control, " "),
        scopes.join(","),
        dollars(key.charged),
        dollars(key.held),
        dollars(key.terms.price),
    )
}

fn internal(error: server::StoreError) -> Failure {
    Failure::Internal(error.into())
}
