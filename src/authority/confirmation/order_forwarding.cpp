// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/order_forwarding.h"

#include "documents/forwarded_order.h"

namespace countersign::authority {
namespace {

// What stands in the order, before anything is known of its signatures.
Result<documents::Order> read_order(BytesView countersigned_order) {
  TRY(const auto outer, x509::UnverifiedCms::parse(countersigned_order));
  TRY(const auto inner, signed_order_in(outer));
  return documents::parse_order(inner.unverified_content());
}

// What the home decided, by the document that it signed. The merchant verifies it; here it is told apart.
Result<Decision> read_decision(Bytes document) {
  TRY(const auto cms, x509::UnverifiedCms::parse(document));
  if (const auto refusal = documents::parse_refusal(cms.unverified_content()); refusal) {
    const ErrorCode reason = refusal.value().reasons.front().code;
    return Decision{Decision::Kind::kRefused, std::move(document), reason};
  }
  TRY(documents::parse_confirmation(cms.unverified_content()));
  return Decision{Decision::Kind::kConfirmed, std::move(document), ErrorCode::kInternal};
}

// Whatever is not a signed document decides nothing: somebody on the way could say it.
http::Response answer_of(PeerAnswer got, const std::string& home) {
  const auto unreachable = [&home](const Error& error) {
    return http::problem_response(
        {ErrorCode::kHomeUnreachable,
         "confirmations: " + home +
             ", which alone confirms this order, did not decide; ask again: " + error.detail});
  };
  if (!got.response) return unreachable(got.response.error());
  auto decision = read_decision(std::move(got.response).value());
  if (!decision) return unreachable(decision.error());
  return response_of(std::move(decision));
}

http::Counter* counter_of(http::Metrics* metrics, std::string_view outcome) {
  if (metrics == nullptr) return nullptr;
  return &metrics->counter("countersign_forwarded_orders_total",
                           "Orders handed on to the authorities of other data centres, by outcome.",
                           "outcome=\"" + std::string(outcome) + "\"");
}

void count(http::Counter* counter) {
  if (counter != nullptr) counter->add();
}

}  // namespace

OrderForwarding::OrderForwarding(Parts parts, Options options)
    : parts_(std::move(parts)),
      merchants_(options.merchants),
      peers_(options.peers),
      answered_(counter_of(parts_.metrics, "answered")),
      failed_(counter_of(parts_.metrics, "failed")) {}

// Most merchants are known without a look at the map.
bool OrderForwarding::is_elsewhere(const x509::Certificate& merchant) const {
  if (merchant.issuer() == parts_.ca) return false;
  const auto view = parts_.current();
  if (!view) return view.error().code == ErrorCode::kExpired;
  return find_route(*view.value(), parts_.data_centre, merchant.subject()).has_value();
}

void OrderForwarding::forward(Submission submission, const x509::Certificate& merchant,
                              const http::Respond& respond) {
  auto begun = try_forward(std::move(submission), merchant, respond);
  if (!begun) respond(http::problem_response(begun.error()));
}

Result<void> OrderForwarding::try_forward(Submission submission, const x509::Certificate& merchant,
                                          http::Respond respond) {
  const auto current = parts_.current();
  if (!current)
    return fail(ErrorCode::kHomeUnreachable, "confirmations: no network map: " + current.error().detail);
  const View& view = current.value();
  TRY(const Route route, find_route(*view, parts_.data_centre, merchant.subject()));
  TRY(const documents::Order order, read_order(submission.countersigned_order));
  if (order.authority != route.home->name)
    return fail(ErrorCode::kForbidden, "order.authority: not the merchant's own data centre, " +
                                           route.home->name.text() + ", which alone confirms its orders");
  TRY(Bytes body, documents::write_forwarded_order(
                      {merchant, std::move(submission.countersigned_order), std::move(submission.review)}));
  TRY(auto place, merchants_.take(merchant.subject().text(), std::move(respond)));
  parts_.peers.forward_order(view, route, std::move(body),
                             [this, place = std::move(place), home = route.home->name.text()](auto got) {
                               count(got.response ? answered_ : failed_);
                               place(answer_of(std::move(got), home));
                             });
  return ok();
}

// What another authority hands on.
struct OrderForwarding::Arrived {
  AskingPeer peer;
  std::shared_ptr<const ForeignParty> server;  // by which it is known
  http::Request request;
  documents::ForwardedOrder forwarded;
  http::Respond respond;  // gives its place back
};

void OrderForwarding::receive(http::Request request, const http::Respond& respond) {
  auto begun = try_receive(std::move(request), respond);
  if (!begun) respond(http::problem_response(begun.error()));
}

Result<void> OrderForwarding::try_receive(http::Request request, http::Respond respond) {
  TRY(AskingPeer peer, parts_.door.let_in(request));
  if (request.header("Content-Type") != http::kJsonMediaType)
    return fail(ErrorCode::kUnsupported, "peers: Content-Type must be application/json");
  TRY(auto forwarded, documents::parse_forwarded_order(request.body));
  TRY(auto place, peers_.take(peer.name.text(), std::move(respond)));
  TRY(auto server, parts_.foreign.recognise(*request.client_certificate));
  const auto arrived = std::make_shared<Arrived>(Arrived{
      std::move(peer), std::move(server), std::move(request), std::move(forwarded), std::move(place)});
  const auto go_on = [this, arrived](std::shared_ptr<const ForeignStatus> status) {
    if (const auto gone_on = this->go_on(*arrived, std::move(status)); !gone_on)
      arrived->respond(http::problem_response(gone_on.error()));
  };
  if (auto known = parts_.foreign.known_status(arrived->server)) {
    go_on(std::move(known));
    return ok();
  }
  parts_.foreign.ask_status(arrived->server, [arrived, go_on](auto said) {
    if (said) return go_on(std::move(said).value());
    arrived->respond(http::problem_response(
        {ErrorCode::kHomeUnreachable, "peers: no status of the asking authority: " + said.error().detail}));
  });
  return ok();
}

Result<void> OrderForwarding::go_on(Arrived& arrived, std::shared_ptr<const ForeignStatus> status) {
  TRY(parts_.foreign.judge(*arrived.server, std::move(status), parts_.clock.now(), kClockTolerance));
  const AskingPeer& peer = arrived.peer;
  documents::ForwardedOrder& forwarded = arrived.forwarded;
  const auto respond = arrived.respond;
  const documents::MappedDataCentre* const home =
      documents::home_of(peer.view->map, forwarded.merchant.subject());
  if (home != nullptr && home->name == parts_.data_centre) {
    parts_.service.confirm(
        {std::move(forwarded.countersigned_order), std::move(forwarded.review)}, forwarded.merchant,
        [respond](Result<Decision> decision) {
          if (!decision) return respond(http::problem_response(decision.error()));
          respond(http::der_response(200, std::move(decision.value().document), http::kCmsMediaType));
        });
    return ok();
  }
  if (home == nullptr || !home->through || *home->through != parts_.data_centre)
    return fail(ErrorCode::kNotFound, "dead end: the merchant's home is neither " +
                                          parts_.data_centre.text() +
                                          " nor a data centre that is reached through it");
  TRY(judge_relay(arrived.request, *home, peer.name));
  parts_.peers.forward_order(
      peer.view, Route{home, home, 0}, std::move(arrived.request.body),
      [view = peer.view, respond](PeerAnswer got) {
        if (!got.response) return respond(http::problem_response(relayed_error(got.response.error())));
        respond(http::der_response(200, std::move(got.response).value(), http::kCmsMediaType));
      });
  return ok();
}

void add_forwarding_routes(http::Router& router, OrderForwarding& forwarding) {
  router.add("POST", kPeerOrdersPath, [&forwarding](http::Request request, const http::Respond& respond) {
    forwarding.receive(std::move(request), respond);
  });
}

}  // namespace countersign::authority
