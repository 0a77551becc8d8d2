//! An iterator that runs ahead of its consumer on a thread of its own.

use std::thread::Scope;

use crossbeam_channel::bounded;

/// Items that may wait: bounds memory, and evens out what differs from item to item.
const WAITING: usize = 3;

/// Runs `items` on a thread of `scope`; the items come out in the same order. Dropping the result ends the thread after
/// the item at hand.
pub(crate) fn ahead<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl Iterator<Item = T> + Send + 'scope,
) -> crossbeam_channel::IntoIter<T> {
    let (send, receive) = bounded(WAITING);
    scope.spawn(move || {
        for item in items {
            if send.send(item).is_err() {
                return;
            }
        }
    });
    receive.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_order_and_a_consumer_may_leave() {
        std::thread::scope(|scope| {
            let squares = ahead(scope, (0..1000).map(|i| i * i));
            assert!(squares.eq((0..1000).map(|i| i * i)));
            assert_eq!(ahead(scope, 0..).take(10).sum::<i32>(), 45);
        });
    }
}
