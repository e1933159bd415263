//! What can be wrong, and the answer that says so.

use crate::message::HeaderId;

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Another version than SIP/2.0.
    Version,
    /// A start line with more or other white space than single spaces.
    StartLine,
    /// A request URI that is none.
    RequestUri,
    /// A request URI with header components.
    RequestUriHeaders,
    /// A request URI of a scheme nothing here understands.
    Scheme,
    /// A reply whose status code is not 100 to 699.
    StatusCode,
    /// A line among the headers that is no header.
    HeaderLine,
    /// The message ends among the headers.
    NoEmptyLine,
    /// A necessary header field is missing.
    Missing(HeaderId),
    /// A header field that may stand once stands twice.
    Repeated(HeaderId),
    /// A header field that cannot be read.
    Malformed(HeaderId),
    /// The body is shorter than Content-Length says.
    ShortBody,
    /// The body is longer than Content-Length says.
    LongBody,
    /// The CSeq names another method than the start line.
    CSeqMethod,
    /// A Via of another version than SIP/2.0.
    ViaVersion,
    /// A top Via of an unknown transport.
    ViaTransport,
    /// The URI in a header field is none.
    Uri(HeaderId),
    /// More than one tag in a From or a To.
    DuplicateTag(HeaderId),
    /// Proxy-Require asks for something unknown; [`super::checks::unsupported`] says what.
    Extension,
    /// A part that is longer than anybody needs.
    Size,
}

impl Fault {
    /// The status code of the answer: 400, 416, 420 or 505.
    pub fn status(self) -> u16 {
        match self {
            Fault::Version | Fault::ViaVersion => 505,
            Fault::Scheme => 416,
            Fault::Extension => 420,
            _ => 400,
        }
    }

    /// The reason phrase of the answer.
    pub fn reason(self) -> &'static str {
        match self {
            Fault::Version | Fault::ViaVersion => "Version Not Supported",
            Fault::StartLine => "Bad Request Line",
            Fault::RequestUri => "Bad Request-URI",
            Fault::RequestUriHeaders => "Headers in Request-URI",
            Fault::Scheme => "Unsupported URI Scheme",
            Fault::StatusCode => "Bad Status Code",
            Fault::HeaderLine => "Bad Header Line",
            Fault::NoEmptyLine => "Truncated Header",
            Fault::ShortBody => "Body Shorter Than Content-Length",
            Fault::LongBody => "Body Longer Than Content-Length",
            Fault::CSeqMethod => "CSeq Method Differs From Request Method",
            Fault::ViaTransport => "Unknown Transport in Via",
            Fault::Extension => "Bad Extension",
            Fault::Size => "Header Too Large",
            Fault::Missing(id) => missing(id),
            Fault::Repeated(id) => repeated(id),
            Fault::Malformed(id) | Fault::Uri(id) => bad(id),
            Fault::DuplicateTag(id) => match id {
                HeaderId::To => "Multiple To Tags",
                _ => "Multiple From Tags",
            },
        }
    }
}

fn missing(id: HeaderId) -> &'static str {
    match id {
        HeaderId::Via => "Missing Via Header",
        HeaderId::From => "Missing From Header",
        HeaderId::To => "Missing To Header",
        HeaderId::CallId => "Missing Call-ID Header",
        HeaderId::CSeq => "Missing CSeq Header",
        HeaderId::Contact => "Missing Contact Header",
        _ => "Missing Header",
    }
}

fn repeated(id: HeaderId) -> &'static str {
    match id {
        HeaderId::From => "Multiple From Headers",
        HeaderId::To => "Multiple To Headers",
        HeaderId::CallId => "Multiple Call-ID Headers",
        HeaderId::CSeq => "Multiple CSeq Headers",
        HeaderId::MaxForwards => "Multiple Max-Forwards Headers",
        _ => "Repeated Header",
    }
}

fn bad(id: HeaderId) -> &'static str {
    match id {
        HeaderId::Via => "Bad Via Header",
        HeaderId::From => "Bad From Header",
        HeaderId::To => "Bad To Header",
        HeaderId::CallId => "Bad Call-ID Header",
        HeaderId::CSeq => "Bad CSeq Header",
        HeaderId::Contact => "Bad Contact Header",
        HeaderId::MaxForwards => "Bad Max-Forwards Header",
        HeaderId::ContentLength => "Bad Content-Length",
        HeaderId::Expires => "Bad Expires Header",
        HeaderId::Authorization => "Bad Authorization Header",
        HeaderId::ProxyAuthorization => "Bad Proxy-Authorization Header",
        _ => "Bad Header",
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for Fault {}
