//! Describing: by identifiers, by filters, a page at a time.

use super::filter::{FilterOf, Filters};
use crate::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use croft_control::{Cloud, Identified};
use croft_model::{MalformedId, Scope, Scoped, Tags};
use imbl::OrdMap;
use std::ops::Bound;
use std::str::FromStr;

/// A kind of resource that a map of the cloud holds by identifier, and that is described so.
pub trait Listed: Clone + Scoped + 'static {
    type Id: Identified + FromStr<Err = MalformedId> + Ord + Clone;
    /// What AWS documents for the operation that describes it.
    const FILTERS: &'static [FilterOf<Self>];

    fn all(cloud: &Cloud) -> &OrdMap<Self::Id, Self>;
    fn id(&self) -> &Self::Id;
    fn tags(&self) -> &Tags;

    /// Is it still shown? Not so what is kept for other ends.
    fn shown(&self) -> bool {
        true
    }
}

/// The parameters that operations which describe have in common.
pub struct Query<'a> {
    pub ids: &'a [String],
    pub filters: &'a Filters,
    pub max_results: Option<usize>,
    pub next_token: Option<&'a str>,
}

/// What is shown of a listing, and the token of what comes after it.
#[derive(Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_token: Option<String>,
}

/// Finds resources of a scope, in the order of their identifiers.
///
/// # Errors
/// The kind's codes for identifiers that are malformed or that nothing in the scope bears; those of
/// [`Filters::judge`]; `InvalidNextToken`.
pub fn select<'a, T: Listed>(cloud: &'a Cloud, scope: &Scope, query: Query<'_>) -> Result<Page<&'a T>, Fault> {
    let judge = query.filters.judge(T::FILTERS)?;
    let holds = |item: &T| judge.holds(cloud, item, item.tags());
    let all = T::all(cloud);
    if query.ids.is_empty() {
        let last = query.next_token.map(|token| read_token(token)?.parse::<T::Id>().map_err(|_| invalid_token(token)));
        let from = last.transpose()?.map_or(Bound::Unbounded, Bound::Excluded);
        let items = all.range((from, Bound::Unbounded)).map(|(_, item)| item);
        let items = items.filter(|item| item.scope() == scope && item.shown() && holds(item));
        return cut(items, query.max_results, |item| item.id().to_string());
    }
    let found: Result<Vec<&T>, Fault> = query.ids.iter().map(|id| one(cloud, scope, id)).collect();
    let mut found = found?;
    found.sort_by(|a, b| a.id().cmp(b.id()));
    found.dedup_by(|a, b| a.id() == b.id());
    let items = found.into_iter().filter(|item| holds(item));
    after(items, query.max_results, query.next_token, |item| item.id().to_string())
}

/// The one resource of a scope that an identifier names.
///
/// # Errors
/// The kind's codes for identifiers that are malformed or that nothing in the scope bears.
pub fn one<'a, T: Listed>(cloud: &'a Cloud, scope: &Scope, id: &str) -> Result<&'a T, Fault> {
    let id: T::Id = id.parse()?;
    let found = T::all(cloud).get(&id).filter(|item| item.scope() == scope && item.shown());
    found.ok_or_else(|| id.not_found().into())
}

/// Identifiers of one kind.
///
/// # Errors
/// The kind's code for a malformed one.
pub fn identifiers<I: FromStr<Err = MalformedId>>(ids: &[String]) -> Result<Vec<I>, Fault> {
    ids.iter().map(|id| Ok(id.parse()?)).collect()
}

/// A page of anything that comes in the order of its keys.
///
/// # Errors
/// `InvalidNextToken`; `InvalidParameterValue` for pages of nothing.
pub fn after<T>(
    items: impl Iterator<Item = T>,
    max_results: Option<usize>,
    next_token: Option<&str>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
    let last = next_token.map(read_token).transpose()?;
    let items = items.skip_while(|item| last.as_ref().is_some_and(|last| key(item) <= *last));
    cut(items, max_results, &key)
}

fn cut<T>(
    mut items: impl Iterator<Item = T>,
    max_results: Option<usize>,
    key: impl Fn(&T) -> String,
) -> Result<Page<T>, Fault> {
    let most = max_results.unwrap_or(usize::MAX);
    if most == 0 {
        let message = "Value ( 0 ) for parameter maxResults is invalid. Expecting a value greater than 0.";
        return Err(Fault::invalid_value(message));
    }
    let shown: Vec<T> = items.by_ref().take(most).collect();
    let more = items.next().is_some();
    let next_token = shown.last().filter(|_| more).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok(Page { items: shown, next_token })
}

/// The key of the last item shown.
fn read_token(token: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid_token(token))?;
    String::from_utf8(bytes).map_err(|_| invalid_token(token))
}

fn invalid_token(token: &str) -> Fault {
    Fault::new("InvalidNextToken", format!("The token '{token}' is invalid"))
}
