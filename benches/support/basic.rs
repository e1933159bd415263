//! The basic script (`examples/basic/rust`) as a part of the host: the same steps, the same functions of the host in the same
//! order, without WebAssembly. It is here to be measured against, and nowhere else: what a script costs more than this is the
//! sandbox's price.

use kemist::route::{CallbackId, Route, Routing, Run, WellKnown};
use kemist::tenant::Tenant;
use kemist_bindings::kemi::ksr::types::Xval;
use kemist_bindings::kemi::ksr::{
    auth::Host as Auth, auth_db::Host as AuthDb, core::Host as Core, corex::Host as Corex, hdr::Host as Hdr,
    htable::Host as Htable, maxfwd::Host as Maxfwd, nathelper::Host as Nathelper, permissions::Host as Permissions,
    pike::Host as Pike, pv::Host as Pv, registrar::Host as Registrar, rr::Host as Rr, sanity::Host as Sanity,
    siputils::Host as Siputils, sl::Host as Sl, tm::Host as Tm, tmx::Host as Tmx,
};
use std::sync::Arc;

/// A callback goes on, or has ended.
type Flow = Result<(), Exit>;
struct Exit;

const REQUEST: CallbackId = 0;
const BRANCH: CallbackId = 1;
const ONREPLY: CallbackId = 2;
const FAILURE: CallbackId = 3;
const NAMES: [&str; 4] = [
    "ksr_request_route",
    "ksr_branch_manage",
    "ksr_onreply_manage",
    "ksr_failure_manage",
];

const ACCOUNT: i32 = 1;
const ACCOUNT_MISSED: i32 = 2;
const ACCOUNT_FAILED: i32 = 3;
const SENDER_NATED: i32 = 5;
const BRANCH_NATED: i32 = 6;
const BRANCH_PINGED: i32 = 7;

/// The basic script without a sandbox.
pub struct InHost {
    names: Vec<String>,
}

impl InHost {
    pub fn routing() -> Arc<dyn Routing> {
        let names = NAMES.map(str::to_owned).to_vec();
        Arc::new(InHost { names })
    }
}

impl Routing for InHost {
    fn label(&self) -> &str {
        "in-host"
    }

    fn run_as(self: Arc<Self>, _: &Arc<Tenant>) -> Arc<dyn Routing> {
        self
    }

    fn callbacks(&self) -> &[String] {
        &self.names
    }

    fn well_known(&self) -> WellKnown {
        WellKnown {
            request: Some(REQUEST),
            ..WellKnown::default()
        }
    }

    fn run(self: Arc<Self>, callback: CallbackId, _event: &str, _nested: bool, mut route: Box<Route>) -> Run {
        Box::pin(async move {
            // how it ended says nothing more: whatever there was to do has been done
            let _ = match callback {
                REQUEST => request(&mut route).await,
                BRANCH => manage_nat(&mut route),
                ONREPLY => onreply(&mut route),
                FAILURE => failure(&mut route),
                _ => Ok(()),
            };
            (route, Ok(()))
        })
    }
}

async fn request(r: &mut Route) -> Flow {
    refuse_floods(r)?;
    refuse_scanners(r)?;
    if r.process_maxfwd(10) < 0 {
        return reply(r, 483, "Too Many Hops");
    }
    if r.is_options() && r.is_myself_ruri() && r.has_ruri_user() < 0 {
        return reply(r, 200, "Keepalive");
    }
    if r.sanity_check(1511, 7) < 0 {
        let text = format!("malformed request from {}:{}\n", text(r, "$si"), text(r, "$sp"));
        Core::err(r, text);
        return Err(Exit);
    }
    detect_nat(r);
    if r.is_cancel() {
        return match r.t_check_trans() > 0 {
            true => relay(r).await,
            false => Err(Exit),
        };
    }
    relay_within_dialog(r).await?;
    absorb_retransmission(r)?;
    authenticate(r).await?;
    Hdr::remove(r, "Route".into());
    if r.is_method_in("IS".into()) {
        r.record_route();
    }
    if r.is_invite() {
        r.setflag(ACCOUNT);
    }
    if !r.is_myself_ruri() {
        Hdr::append(r, "P-Hint: outbound\r\n".into());
        relay(r).await?;
    }
    register(r)?;
    relay_to_user(r).await
}

fn refuse_floods(r: &mut Route) -> Flow {
    if r.is_myself_srcip() {
        return Ok(());
    }
    if !Pv::is_null(r, "$sht(ipban=>$si)".into()) {
        return Err(Exit);
    }
    if r.pike_check_req() < 0 {
        let source = text(r, "$si");
        let line = format!(
            "flood: {source} is banned ({} from {})\n",
            text(r, "$rm"),
            text(r, "$fu")
        );
        Core::err(r, line);
        r.sht_seti("ipban".into(), source, 1);
        return Err(Exit);
    }
    Ok(())
}

fn refuse_scanners(r: &mut Route) -> Flow {
    if r.has_user_agent() > 0 {
        let agent = text(r, "$ua");
        if ["friendly-scanner", "sipcli", "sipvicious"]
            .iter()
            .any(|name| agent.contains(name))
        {
            return reply(r, 200, "OK");
        }
    }
    Ok(())
}

fn detect_nat(r: &mut Route) {
    r.force_rport();
    if r.nat_uac_test(19) > 0 {
        if r.is_register() {
            r.fix_nated_register();
        } else if r.is_first_hop() > 0 {
            r.set_contact_alias();
        }
        r.setflag(SENDER_NATED);
    }
}

fn manage_nat(r: &mut Route) -> Flow {
    let request = Siputils::is_request(r) > 0;
    let within_dialog = r.has_totag() > 0;
    if request && within_dialog && r.check_route_param("nat=yes".into()) > 0 {
        r.setbflag(BRANCH_NATED);
    }
    if !r.isflagset(SENDER_NATED) && !r.isbflagset(BRANCH_NATED) {
        return Ok(());
    }
    if request && !within_dialog && r.t_is_branch_route() > 0 {
        r.add_rr_param(";nat=yes".into());
    }
    if !request && r.isbflagset(BRANCH_NATED) {
        r.set_contact_alias();
    }
    Ok(())
}

async fn relay_within_dialog(r: &mut Route) -> Flow {
    if r.has_totag() < 0 {
        return Ok(());
    }
    if r.loose_route() > 0 {
        if !r.isdsturiset() {
            r.handle_ruri_alias();
        }
        if r.is_bye() {
            r.setflag(ACCOUNT);
            r.setflag(ACCOUNT_FAILED);
        } else if r.is_ack() {
            manage_nat(r)?;
        } else if r.is_notify() {
            r.record_route();
        }
        return relay(r).await;
    }
    if r.is_ack() {
        return match r.t_check_trans() > 0 {
            true => relay(r).await,
            false => Err(Exit),
        };
    }
    reply(r, 404, "Not Here")
}

fn absorb_retransmission(r: &mut Route) -> Flow {
    if r.t_precheck_trans() > 0 {
        r.t_check_trans();
        return Err(Exit);
    }
    match r.t_check_trans() {
        0 => Err(Exit),
        _ => Ok(()),
    }
}

async fn authenticate(r: &mut Route) -> Flow {
    if !r.is_register() && r.allow_source_address(1) > 0 {
        return Ok(());
    }
    if r.is_register() || r.is_myself_furi() {
        let domain = text(r, "$fd");
        if r.auth_check(domain.clone(), "subscriber".into(), 1).await < 0 {
            r.auth_challenge(domain, 0);
            return Err(Exit);
        }
        if !r.is_method_in("RP".into()) {
            r.consume_credentials();
        }
    }
    if !r.is_myself_furi() && !r.is_myself_ruri() {
        return reply(r, 403, "Not Relaying");
    }
    Ok(())
}

fn register(r: &mut Route) -> Flow {
    if !r.is_register() {
        return Ok(());
    }
    if r.isflagset(SENDER_NATED) {
        r.setbflag(BRANCH_NATED);
        r.setbflag(BRANCH_PINGED);
    }
    if Registrar::save(r, "location".into(), 0) < 0 {
        r.sl_reply_error();
    }
    Err(Exit)
}

async fn relay_to_user(r: &mut Route) -> Flow {
    if r.has_ruri_user() < 0 {
        return reply(r, 484, "Address Incomplete");
    }
    let found = Registrar::lookup(r, "location".into());
    if found < 0 {
        r.t_newtran();
        match found {
            -2 => Sl::send_reply(r, 405, "Method Not Allowed".into()),
            _ => Sl::send_reply(r, 404, "Not Found".into()),
        };
        return Err(Exit);
    }
    if r.is_invite() {
        r.setflag(ACCOUNT_MISSED);
    }
    relay(r).await
}

async fn relay(r: &mut Route) -> Flow {
    if r.is_method_in("IBSU".into()) && r.t_is_set("branch_route".into()) < 0 {
        r.t_on_branch(NAMES[BRANCH as usize].into());
    }
    if r.is_method_in("ISU".into()) && r.t_is_set("onreply_route".into()) < 0 {
        r.t_on_reply(NAMES[ONREPLY as usize].into());
    }
    if r.is_invite() && r.t_is_set("failure_route".into()) < 0 {
        r.t_on_failure(NAMES[FAILURE as usize].into());
    }
    if r.t_relay().await < 0 {
        r.sl_reply_error();
    }
    Err(Exit)
}

fn reply(r: &mut Route, code: i32, reason: &str) -> Flow {
    r.sl_send_reply(code, reason.into());
    Err(Exit)
}

fn onreply(r: &mut Route) -> Flow {
    let status = match Pv::get(r, "$rs".into()) {
        Xval::Int(status) => status,
        _ => 0,
    };
    match (101..299).contains(&status) {
        true => manage_nat(r),
        false => Ok(()),
    }
}

fn failure(r: &mut Route) -> Flow {
    manage_nat(r)?;
    match r.t_is_canceled() > 0 {
        true => Err(Exit),
        false => Ok(()),
    }
}

fn text(r: &mut Route, name: &str) -> String {
    match Pv::gete(r, name.into()) {
        Xval::Str(text) => text,
        Xval::Int(number) => number.to_string(),
        Xval::Null => String::new(),
    }
}
