//! Methods: case sensitive tokens (RFC 3261 7.1).

/// Declares the methods with their names.
macro_rules! methods {
    ($($id:ident = $name:literal,)*) => {
        /// A request method.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Method {
            $(#[doc = $name] $id,)*
            /// Any other method; its name is in the message.
            Other,
        }

        impl Method {
            /// Which method a name is; case sensitive.
            pub fn parse(name: &[u8]) -> Method {
                $(if name == $name.as_bytes() { return Method::$id; })*
                Method::Other
            }

            /// The name; empty for [`Method::Other`].
            pub fn name(self) -> &'static str {
                match self {
                    $(Method::$id => $name,)*
                    Method::Other => "",
                }
            }
        }
    };
}

methods! {
    Invite = "INVITE",
    Ack = "ACK",
    Bye = "BYE",
    Cancel = "CANCEL",
    Register = "REGISTER",
    Options = "OPTIONS",
    Subscribe = "SUBSCRIBE",
    Publish = "PUBLISH",
    Notify = "NOTIFY",
    Refer = "REFER",
    Info = "INFO",
    Update = "UPDATE",
    Prack = "PRACK",
    Message = "MESSAGE",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_case_sensitive() {
        assert_eq!(Method::parse(b"INVITE"), Method::Invite);
        assert_eq!(Method::parse(b"invite"), Method::Other);
        assert_eq!(Method::parse(b"RE%47IST%45R"), Method::Other);
        assert_eq!(Method::Message.name(), "MESSAGE");
    }
}
