//! What one account may have at once of something that all accounts share, so that none of them takes all of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use tokio::sync::Semaphore;

use crate::auth::Account;

/// The same number of permits for each account.
pub struct Shares {
    each: usize,
    /// Of accounts that use theirs: others are forgotten, so that accounts that are gone take no memory.
    used: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Shares {
    /// `each` permits for each account.
    pub fn new(each: usize) -> Self {
        Self { each, used: Mutex::default() }
    }

    /// An account's permits: the same ones for all that ask at a time.
    pub fn of(&self, account: &Account) -> Arc<Semaphore> {
        // A panic leaves a map that is whole.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = used.get(account.name()).and_then(Weak::upgrade) {
            return share;
        }
        used.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.each));
        used.insert(account.name().into(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_share_and_no_more() {
        let shares = Shares::new(2);
        let (ada, bob) = (Account::named("ada"), Account::named("bob"));
        let take = |account| shares.of(account).try_acquire_owned();
        let (first, second) = (take(&ada).unwrap(), take(&ada).unwrap());
        assert!(take(&ada).is_err());
        assert!(take(&bob).is_ok());
        drop(first);
        assert!(take(&ada).is_ok());
        drop(second);
        assert_eq!(shares.used.lock().unwrap().len(), 2);
        drop(take(&Account::named("eve")).unwrap());
        assert_eq!(shares.used.lock().unwrap().len(), 1, "who uses nothing is forgotten");
    }
}
