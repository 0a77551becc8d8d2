use std::path::Path;
use std::{fs, io};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::keys::random;
use crate::store::now_ms;

/// Makes and checks the links to results.
pub(crate) struct Links {
    secret: [u8; 32],
    /// Seconds that a link is good for; 0 is as long as the video is there.
    good_secs: u64,
}

impl Links {
    /// Signs with the secret in the file at `path`, which is made if it is not there.
    pub(crate) fn open(path: &Path, good_secs: u64) -> io::Result<Self> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let secret = match fs::read(path) {
            Ok(bytes) => bytes
                .try_into()
                .map_err(|_| io::Error::other(format!("{} is not 32 bytes; remove it", path.display())))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = random();
                let mut file = fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path)?;
                file.write_all(&secret)?;
                file.sync_all()?;
                secret
            }
            Err(error) => return Err(error),
        };
        Ok(Self { secret, good_secs })
    }

    /// The link to a job's video, under the address `base` by which the client reaches the service.
    pub(crate) fn output(&self, base: &str, job_id: &str) -> String {
        self.signed(format!("{base}/output/{job_id}.mp4?"), job_id)
    }

    /// The link to a picture of a job's video; the frame's number makes each picture's another.
    pub(crate) fn preview(&self, base: &str, job_id: &str, frame: Option<u64>) -> String {
        let frame = frame.map_or_else(String::new, |frame| format!("frame={frame}&"));
        self.signed(format!("{base}/previews/{job_id}.jpg?{frame}"), job_id)
    }

    /// A link, open for another value, as it is given out.
    fn signed(&self, link: String, job_id: &str) -> String {
        if self.good_secs == 0 {
            return link.trim_end_matches(['?', '&']).to_owned();
        }
        let exp = now_ms() / 1000 + i64::try_from(self.good_secs).unwrap_or(i64::MAX / 2000);
        format!(
            "{link}exp={exp}&sig={}",
            BASE64_URL_SAFE_NO_PAD.encode(self.sign(job_id, exp).finalize().into_bytes())
        )
    }

    /// Whether a link with these values leads to the job's video now.
    pub(crate) fn is_good(&self, job_id: &str, exp: Option<&str>, sig: Option<&str>) -> bool {
        if self.good_secs == 0 {
            return true;
        }
        let (Some(exp), Some(sig)) = (exp.and_then(|exp| exp.parse::<i64>().ok()), sig) else { return false };
        let Ok(sig) = BASE64_URL_SAFE_NO_PAD.decode(sig) else { return false };
        exp >= now_ms() / 1000 && self.sign(job_id, exp).verify_slice(&sig).is_ok()
    }

    fn sign(&self, job_id: &str, exp: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret)
            .unwrap_or_else(|_| unreachable!("any length is a key"));
        mac.update(format!("{job_id}.{exp}").as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_link_is_good_for_its_job_alone() {
        let folder = tempfile::tempdir().unwrap();
        let links = Links::open(&folder.path().join("secret"), 60).unwrap();
        let link = url::Url::parse(&links.output("http://h", "job-1")).unwrap();
        let value = |name| link.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let (exp, sig) = (value("exp"), value("sig"));
        // The secret is kept.
        let links = Links::open(&folder.path().join("secret"), 60).unwrap();
        assert!(links.is_good("job-1", Some(&exp), Some(&sig)));
        assert!(!links.is_good("job-2", Some(&exp), Some(&sig)));
        assert!(!links.is_good("job-1", Some("1"), Some(&sig)));
        assert!(!links.is_good("job-1", None, None));
        assert!(!links.is_good("job-1", Some(&exp), Some("%%%")));
    }

    #[test]
    fn a_link_that_does_not_expire_is_bare() {
        let folder = tempfile::tempdir().unwrap();
        let links = Links::open(&folder.path().join("secret"), 0).unwrap();
        assert_eq!(links.output("http://h", "job-1"), "http://h/output/job-1.mp4");
        assert!(links.is_good("job-1", None, None));
    }
}
