//! Steps with the values of their variables.

use super::super::matching::{Variables, fill};
use super::super::scenario::{Extra, Given, Receive, Reply};
use super::Wrong;

/// Gives every text of a draft its variables.
pub(in super::super) fn filled(given: &Receive, variables: &dyn Variables) -> Result<Receive, Wrong> {
    let text = |text: &Option<String>| text.as_deref().map(|text| fill(text, variables)).transpose();
    let choice = |given: &Option<Given>| filled_choice(given, variables);
    Ok(Receive {
        what: fill(&given.what, variables)?,
        call: given.call.clone(),
        by_callee: given.by_callee,
        source: given.source,
        uri: text(&given.uri)?,
        from: text(&given.from)?,
        to: text(&given.to)?,
        from_tag: text(&given.from_tag)?,
        to_tag: choice(&given.to_tag)?,
        call_id: text(&given.call_id)?,
        cseq: given.cseq,
        via_branch: text(&given.via_branch)?,
        max_forwards: choice(&given.max_forwards)?,
        contact: choice(&given.contact)?,
        authorize: text(&given.authorize)?,
        extra: filled_extra(&given.extra, variables)?,
    })
}

/// The same for a reply.
pub(in super::super) fn filled_reply(given: &Reply, variables: &dyn Variables) -> Result<Reply, Wrong> {
    Ok(Reply {
        what: fill(&given.what, variables)?,
        branch: given.branch,
        cancel: given.cancel,
        source: given.source,
        to_tag: filled_choice(&given.to_tag, variables)?,
        contact: filled_choice(&given.contact, variables)?,
        extra: filled_extra(&given.extra, variables)?,
    })
}

fn filled_choice(given: &Option<Given>, variables: &dyn Variables) -> Result<Option<Given>, Wrong> {
    Ok(match given {
        Some(Given::Text(text)) => Some(Given::Text(fill(text, variables)?)),
        Some(Given::None) => Some(Given::None),
        None => None,
    })
}

fn filled_extra(extra: &Extra, variables: &dyn Variables) -> Result<Extra, Wrong> {
    let mut headers = Vec::with_capacity(extra.headers.len());
    for (name, values) in &extra.headers {
        let values = values
            .iter()
            .map(|value| fill(value, variables))
            .collect::<Result<_, _>>()?;
        headers.push((name.clone(), values));
    }
    Ok(Extra {
        headers,
        body: extra.body.as_deref().map(|body| fill(body, variables)).transpose()?,
        content_type: extra.content_type.clone(),
    })
}
