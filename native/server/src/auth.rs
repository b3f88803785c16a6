//! Who calls: bearer tokens, stored as salted hashes and compared in constant time.
//!
//! A token is 32 random bytes, so one round of SHA-256 is enough; the salt keeps equal tokens from looking equal in
//! two files. The file is read again whenever it changes, so that a removed token stops working at once, also on
//! streams that are open.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
    time::{SystemTime, UNIX_EPOCH},
};

use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use tonic::{Status, metadata::MetadataMap};
use tracing::error;

use crate::{failure::Failure, files, hex};

/// The account of everybody when no token is needed.
const LOCAL: &str = "local";
/// What tokens begin with, so that secret scanners find one that leaked.
const TOKEN_PREFIX: &str = "sotto_";
/// Hexadecimal digits after it.
const TOKEN_DIGITS: usize = 64;
const MAX_NAME: usize = 64;

/// Who a call belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    name: Arc<str>,
    /// The hash of the token that opened the call; `None` when no token is needed.
    token: Option<[u8; 32]>,
}

impl Account {
    /// The account's name, as the operator chose it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether others have accounts beside it.
    pub fn is_one_of_several(&self) -> bool {
        self.token.is_some()
    }

    /// An account for tests of what is not about tokens.
    #[cfg(test)]
    pub fn named(name: &str) -> Self {
        Self { name: name.into(), token: None }
    }
}

/// Decides whose call it is.
pub enum Authority {
    /// Every call is the account `local`'s. For loopback addresses only.
    Local,
    /// A bearer token in `authorization` names the account.
    Tokens(TokenFile),
}

impl Authority {
    /// The account of a call with these metadata, or UNAUTHENTICATED.
    pub fn authenticate(&self, metadata: &MetadataMap) -> Result<Account, Status> {
        let file = match self {
            Self::Local => return Ok(Account { name: LOCAL.into(), token: None }),
            Self::Tokens(file) => file,
        };
        let header = metadata.get(AUTHORIZATION.as_str()).ok_or_else(|| {
            Status::unauthenticated("metadata authorization is missing; it must be `Bearer TOKEN`")
        })?;
        let token = header
            .as_bytes()
            .split_at_checked(7)
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "))
            .map(|(_, token)| token)
            .filter(|token| has_the_form_of_a_token(token))
            .ok_or_else(|| Status::unauthenticated("metadata authorization must be `Bearer TOKEN`"))?;
        let tokens = file.current()?;
        let known = tokens.find(token).ok_or_else(|| {
            Status::unauthenticated("metadata authorization holds no token that this server knows")
        })?;
        Ok(Account { name: known.name.as_str().into(), token: Some(known.hash) })
    }

    /// Whether calls can be those of several accounts.
    pub fn has_accounts(&self) -> bool {
        matches!(self, Self::Tokens(_))
    }

    /// Fails once the token that opened a call has been removed.
    pub fn still_valid(&self, account: &Account) -> Result<(), Status> {
        let (Self::Tokens(file), Some(hash)) = (self, account.token) else { return Ok(()) };
        if file.current()?.tokens.iter().any(|token| token.hash == hash) {
            return Ok(());
        }
        Err(Status::unauthenticated("the token of this call has been removed"))
    }
}

/// One token, as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Token {
    /// The account that the token opens.
    pub name: String,
    /// Seconds since 1970 when it was added.
    pub created: u64,
    #[serde(with = "hex::array")]
    salt: [u8; 16],
    /// `SHA-256(salt || token)`.
    #[serde(rename = "sha256", with = "hex::array")]
    hash: [u8; 32],
}

impl Token {
    fn matches(&self, token: &[u8]) -> Choice {
        hash(&self.salt, token).ct_eq(&self.hash)
    }
}

/// What has not is refused before it is hashed once for each token that is known.
fn has_the_form_of_a_token(token: &[u8]) -> bool {
    let digits = token.strip_prefix(TOKEN_PREFIX.as_bytes());
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.is_some_and(|digits| digits.len() == TOKEN_DIGITS && digits.iter().all(is_digit))
}

fn hash(salt: &[u8; 16], token: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(token).finalize().into()
}

/// The content of a token file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// In the order in which they were added.
    pub tokens: Vec<Token>,
}

impl Tokens {
    /// Reads a token file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::Data(format!("the token file {} is damaged: {error}", path.display())))
    }

    /// Changes the token file, or starts a new one. Nobody else changes it meanwhile.
    pub fn change<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _lock = files::lock(path).map_err(|error| {
            Failure::Data(format!("cannot lock the token file {}: {error}", path.display()))
        })?;
        let mut tokens = if path.exists() { Self::read(path)? } else { Self::default() };
        let changed = change(&mut tokens)?;
        tokens.write(path)?;
        Ok(changed)
    }

    /// Writes the file whole; a new one is readable by its owner alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let write = || -> io::Result<()> {
            let mut bytes = serde_json::to_vec_pretty(self)?;
            bytes.write_all(b"\n")?;
            files::write_private(path, &bytes)
        };
        write().map_err(|error| {
            Failure::Data(format!("cannot write the token file {}: {error}", path.display()))
        })
    }

    /// Adds an account and returns its token, which is kept nowhere.
    pub fn add(&mut self, name: &str) -> Result<String, Failure> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(allowed) {
            return Err(Failure::Usage(format!(
                "the name must be 1 to {MAX_NAME} letters, digits, '-', '_', '.' or '@'"
            )));
        }
        if self.tokens.iter().any(|token| token.name == name) {
            return Err(Failure::Usage(format!(
                "{name} has a token already; remove it first with `sotto-server token remove {name} --tokens FILE`"
            )));
        }
        let (mut secret, mut salt) = ([0; 32], [0; 16]);
        getrandom::fill(&mut secret)
            .and_then(|()| getrandom::fill(&mut salt))
            .map_err(|error| Failure::Data(format!("the operating system gives no random bytes: {error}")))?;
        let token = format!("{TOKEN_PREFIX}{}", hex::encode(&secret));
        let created = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
        self.tokens.push(Token { name: name.into(), created, salt, hash: hash(&salt, token.as_bytes()) });
        Ok(token)
    }

    /// Removes an account's token.
    pub fn remove(&mut self, name: &str) -> Result<(), Failure> {
        let before = self.tokens.len();
        self.tokens.retain(|token| token.name != name);
        if self.tokens.len() == before {
            return Err(Failure::Usage(format!("there is no token of {name}")));
        }
        Ok(())
    }

    /// Looks at every token, whichever matches, so that the time taken tells nothing.
    fn find(&self, token: &[u8]) -> Option<&Token> {
        let mut found = None;
        for known in &self.tokens {
            if bool::from(known.matches(token)) {
                found = Some(known);
            }
        }
        found
    }
}

/// What tells one version of a file from the next.
type Stamp = (Option<SystemTime>, u64);

/// A token file that is followed while it changes.
pub struct TokenFile {
    path: PathBuf,
    read: RwLock<(Stamp, Arc<Tokens>)>,
}

impl TokenFile {
    /// Reads the file for the first time.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let stamp = stamp(path).map_err(|error| unreadable(path, &error))?;
        let tokens = Arc::new(Tokens::read(path)?);
        Ok(Self { path: path.into(), read: RwLock::new((stamp, tokens)) })
    }

    /// The tokens as the file holds them now. A file that cannot be read lets nobody in.
    fn current(&self) -> Result<Arc<Tokens>, Status> {
        let refuse = || Status::unavailable("the server cannot read its tokens; tell its operator");
        let stamp = stamp(&self.path).map_err(|error| {
            error!(%error, "cannot read the token file");
            refuse()
        })?;
        {
            let read = self.read.read().map_err(|_| refuse())?;
            if read.0 == stamp {
                return Ok(read.1.clone());
            }
        }
        let tokens = Tokens::read(&self.path).map(Arc::new).map_err(|failure| {
            error!(%failure, "cannot read the token file");
            refuse()
        })?;
        *self.read.write().map_err(|_| refuse())? = (stamp, tokens.clone());
        Ok(tokens)
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::Data(format!(
        "cannot read the token file {}: {error}; make one with `sotto-server token add NAME --tokens {0}`",
        path.display()
    ))
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.modified().ok(), metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(authorization: &str) -> MetadataMap {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", authorization.parse().unwrap());
        metadata
    }

    #[test]
    fn a_token_opens_its_account_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tokens.json");
        let mut tokens = Tokens::default();
        let ada = tokens.add("ada").unwrap();
        tokens.add("bob").unwrap();
        tokens.write(&path).unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains(ada.trim_start_matches(TOKEN_PREFIX)));

        let authority = Authority::Tokens(TokenFile::open(&path).unwrap());
        let account = authority.authenticate(&metadata(&format!("Bearer {ada}"))).unwrap();
        assert_eq!(account.name(), "ada");
        assert!(authority.still_valid(&account).is_ok());
        for wrong in ["Bearer ", "Bearer x", "Basic x", "", &ada, &format!("Bearer {ada} ")] {
            let status = authority.authenticate(&metadata(wrong)).unwrap_err();
            assert_eq!(status.code(), tonic::Code::Unauthenticated, "{wrong}");
        }

        tokens.remove("ada").unwrap();
        tokens.write(&path).unwrap();
        assert!(authority.authenticate(&metadata(&format!("Bearer {ada}"))).is_err());
        assert!(authority.still_valid(&account).is_err());
        fs::remove_file(&path).unwrap();
        assert_eq!(
            authority.authenticate(&metadata(&format!("Bearer {ada}"))).unwrap_err().code(),
            tonic::Code::Unavailable
        );
    }

    #[test]
    fn nothing_but_a_token_is_compared_with_tokens() {
        let token = Tokens::default().add("ada").unwrap();
        assert!(has_the_form_of_a_token(token.as_bytes()));
        let digits = token.trim_start_matches(TOKEN_PREFIX);
        let upper = format!("{TOKEN_PREFIX}{}", "A".repeat(TOKEN_DIGITS));
        for other in ["", "sotto_", digits, &upper, &token[1..], &token[..69], &format!("{token}0")] {
            assert!(!has_the_form_of_a_token(other.as_bytes()), "{other}");
        }
        assert!(!has_the_form_of_a_token(&[b'0'; 16 << 10]));
    }

    #[test]
    fn names_are_unique_and_plain() {
        let mut tokens = Tokens::default();
        tokens.add("ada").unwrap();
        assert!(tokens.add("ada").is_err());
        assert!(tokens.add("../ada").is_err());
        assert!(tokens.add("").is_err());
        assert!(tokens.remove("bob").is_err());
    }
}
