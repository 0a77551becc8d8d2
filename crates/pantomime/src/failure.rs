use std::{fmt, io};

use contract::{EngineError, Rejection};

/// Why a command did not do what it should; the exit code and the line on the terminal are decided here.
#[derive(Debug)]
pub enum Failure {
    /// The command cannot be carried out as it was given.
    Usage(String),
    /// The input cannot be used.
    Rejected(Rejection),
    /// The user stopped it.
    Cancelled,
    /// Anything else: something is missing or broken here.
    Internal(anyhow::Error),
}

impl Failure {
    /// The process's exit code.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Internal(_) => 1,
            Self::Usage(_) => 2,
            Self::Rejected(_) => 3,
            Self::Cancelled => 4,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Rejected(rejection) => rejection.code.as_str(),
            Self::Cancelled => "canceled",
            Self::Internal(_) => "internal",
        }
    }

    /// What was found and what to do, in one line.
    pub fn message(&self) -> String {
        let message = match self {
            Self::Usage(message) => message.clone(),
            Self::Rejected(rejection) => rejection.message.clone(),
            Self::Cancelled => "stopped; nothing was written".to_owned(),
            Self::Internal(error) => format!("{error:#}"),
        };
        message.replace(char::is_control, " ")
    }
}

/// One line, whatever file names and causes hold.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message();
        match self {
            Self::Usage(_) => write!(f, "error: {message}"),
            _ => write!(f, "error[{}]: {message}", self.code()),
        }
    }
}

/// What the system says, without the number that it gives it, to stand within a sentence.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_lowercase(),
        None => text,
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Rejected(rejection) => Self::Rejected(rejection),
            EngineError::Cancelled(_) => Self::Cancelled,
            EngineError::Internal(cause) => Self::Internal(anyhow::Error::from_boxed(cause)),
            EngineError::Unavailable { .. } => Self::Internal(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use contract::RejectionCode;

    use super::*;

    #[test]
    fn a_failure_is_one_line_with_its_stable_code() {
        let rejection =
            Rejection::new(RejectionCode::NoPersonInImage, "Nobody was\nfound in \u{1b}[2Jx.png.");
        let failure = Failure::from(EngineError::from(rejection));
        assert_eq!(failure.exit_code(), 3);
        assert_eq!(failure.to_string(), "error[no_person_in_image]: Nobody was found in  [2Jx.png.");
    }

    #[test]
    fn an_internal_failure_tells_its_causes() {
        let cause = anyhow::anyhow!("disk on fire").context("cannot write frame 7");
        let failure = Failure::from(EngineError::internal(cause));
        assert_eq!(failure.to_string(), "error[internal]: cannot write frame 7: disk on fire");
        assert_eq!(failure.exit_code(), 1);
    }
}
