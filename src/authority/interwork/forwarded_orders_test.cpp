// SPDX-License-Identifier: Apache-2.0
// Orders that are asked of an authority which does not confirm them, each authority with its own store, keys
// and listener on loopback.
#include <gtest/gtest.h>

#include <future>

#include "authority/interwork/testing/three_centres.h"
#include "documents/forwarded_order.h"

namespace countersign::authority {
namespace {

// Osaka and the region kr are asked themselves; Seoul, too, until a test says that the region relays for it.
struct ForwardedOrders : ThreeCentres {
  ForwardedOrders() { join(); }
  // Asks this data centre over TLS, as the merchant of `who`.
  Result<http::Response> post(const TestDataCentre& asked, const x509::Signer& who, std::string_view path,
                              std::string_view type, Bytes body, std::string_view hops = "") const {
    http::ClientOptions options;
    options.peer = http::PeerCheck{.anchor = view->anchor,
                                   .expected_subject = {},
                                   .clock = {std::shared_ptr<const Clock>(), &asked.world.clock}};
    options.identity = who;
    TRY(const auto client, http::Client::create(asked.mapped().service_url, std::move(options)));
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.headers["Content-Type"] = type;
    if (!hops.empty()) request.headers[std::string(kHopsHeader)] = hops;
    request.body = std::move(body);
    return client->send(request);
  }
  http::Response ask(const TestDataCentre& asked, const TestDataCentre& home, const Bytes& order) const {
    return countersign::take(
        post(asked, *home.world.merchant, "/v1/confirmations", http::kCmsMediaType, order));
  }
  static Bytes order_at(const TestDataCentre& home) {
    return home.world.countersigned(home.world.new_order());
  }
  static ErrorCode problem_of(const http::Response& response) { return http::error_of(response).code; }
  Bytes handed_on(const TestDataCentre& home) const {
    return countersign::take(
        documents::write_forwarded_order({home.world.merchant->certificate, order_at(home), std::nullopt}));
  }
  // What `asked` answers to an order of `home` that `peer` hands on.
  http::Response hand_on(const TestDataCentre& peer, const TestDataCentre& asked, Bytes body,
                         std::string_view hops = "1") const {
    return countersign::take(
        post(asked, peer.tls, kPeerOrdersPath, http::kJsonMediaType, std::move(body), hops));
  }
};

TEST_F(ForwardedOrders, AreConfirmedByTheAuthorityThatTheyName) {
  const Bytes order = order_at(seoul);
  const http::Response there = ask(osaka, seoul, order);
  ASSERT_EQ(there.status, 200) << to_text(there.body);
  const http::Response here = ask(seoul, seoul, order);
  EXPECT_EQ(here.body, there.body) << "the one confirmation";
  EXPECT_EQ(seoul.world.check(), 1);
  EXPECT_EQ(osaka.world.check(), 0);
}

TEST_F(ForwardedOrders, GetTheirOneConfirmationOnceTheirAuthorityIsBack) {
  const Bytes order = order_at(seoul);
  seoul.stop_serving();
  for (int i = 0; i < 2; ++i) {
    const http::Response away = ask(osaka, seoul, order);
    EXPECT_EQ(away.status, 503);
    EXPECT_EQ(problem_of(away), ErrorCode::kHomeUnreachable);
  }
  seoul.serve();
  const http::Response back = ask(osaka, seoul, order);
  ASSERT_EQ(back.status, 200) << to_text(back.body);
  EXPECT_EQ(ask(osaka, seoul, order).body, back.body);
  EXPECT_EQ(seoul.world.check(), 1);
}

TEST_F(ForwardedOrders, AreUndecidedWhileTheMapIsOver) {
  osaka.lose_map({ErrorCode::kExpired, "over"});
  EXPECT_EQ(problem_of(ask(osaka, seoul, order_at(seoul))), ErrorCode::kHomeUnreachable);
}

TEST_F(ForwardedOrders, AreRefusedByTheAuthorityThatTheyName) {
  seoul.world.change_state(*seoul.world.purchaser, CertificateState::kRevoked,
                           x509::RevocationReason::kKeyCompromise);
  const http::Response refused = ask(osaka, seoul, order_at(seoul));
  EXPECT_EQ(refused.header("Countersign-Document"), "refusal");
  EXPECT_EQ(refused.status, http::status_of(ErrorCode::kCertificateRevoked));
  const auto refusal =
      seoul.world.refusal_of({Decision::Kind::kRefused, refused.body, ErrorCode::kCertificateRevoked});
  EXPECT_EQ(refusal.data_centre, seoul.world.network.data_centre);
}

TEST_F(ForwardedOrders, AreRelayedOnceWhereTheMapSaysSo) {
  reach_seoul_through_the_region();
  const Bytes order = order_at(seoul);
  EXPECT_EQ(ask(osaka, seoul, order).status, 200);
  EXPECT_EQ(seoul.world.check(), 1);
  EXPECT_EQ(problem_of(hand_on(osaka, region, handed_on(seoul), "0")), ErrorCode::kConflict)
      << "no relay is left";
  EXPECT_EQ(problem_of(hand_on(seoul, region, handed_on(seoul))), ErrorCode::kConflict) << "a loop";
  seoul.stop_serving();
  EXPECT_EQ(problem_of(ask(osaka, seoul, order_at(seoul))), ErrorCode::kHomeUnreachable);
}

TEST_F(ForwardedOrders, GoNowhereElse) {
  EXPECT_EQ(problem_of(hand_on(osaka, region, handed_on(seoul))), ErrorCode::kNotFound) << "a dead end";
  auto order = seoul.world.new_order();
  order.authority = region.world.network.data_centre;
  EXPECT_EQ(problem_of(ask(osaka, seoul, seoul.world.countersigned(order))), ErrorCode::kForbidden)
      << "not the merchant's own data centre";
  auto ours = osaka.world.new_order();
  ours.authority = seoul.world.network.data_centre;
  const http::Response refused = ask(osaka, osaka, osaka.world.countersigned(ours));
  EXPECT_EQ(refused.header("Countersign-Document"), "refusal") << "a merchant of here is answered here";
  EXPECT_EQ(refused.status, http::status_of(ErrorCode::kForbidden));
}

TEST_F(ForwardedOrders, AreTakenFromAuthoritiesAlone) {
  const auto by_merchant = countersign::take(
      post(seoul, *osaka.world.merchant, kPeerOrdersPath, http::kJsonMediaType, handed_on(seoul), "1"));
  EXPECT_EQ(problem_of(by_merchant), ErrorCode::kForbidden);
  EXPECT_EQ(seoul.world.check(), 0);
}

// On its word an order is confirmed: unlike questions about statuses, which anybody may ask.
TEST_F(ForwardedOrders, AreTakenFromNobodyWhoseCertificateIsNotGood) {
  const x509::Signer before =
      osaka.world.issue_service(x509::Role::kAuthorityServer, "authority", {{}, {"127.0.0.1"}, {}});
  osaka.world.add_to_directory(before.certificate);
  const auto hand_on_by_it = [&] {
    return countersign::take(
        post(seoul, before, kPeerOrdersPath, http::kJsonMediaType, handed_on(seoul), "1"));
  };
  EXPECT_EQ(hand_on_by_it().status, 200);
  osaka.world.change_state(before, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_EQ(problem_of(hand_on_by_it()), ErrorCode::kCertificateRevoked);
  osaka.stop_serving();
  EXPECT_EQ(problem_of(hand_on_by_it()), ErrorCode::kHomeUnreachable);
  EXPECT_EQ(seoul.world.check(), 1);
}

TEST_F(ForwardedOrders, AreThoseOfTheMerchantThatAsked) {
  const Bytes of_another = countersign::take(documents::write_forwarded_order(
      {seoul.world.enrol_merchant("Namsan Tea").certificate, order_at(seoul), std::nullopt}));
  EXPECT_EQ(problem_of(hand_on(osaka, seoul, of_another)), ErrorCode::kForbidden);
  EXPECT_EQ(seoul.world.check(), 0);
}

TEST_F(ForwardedOrders, AreRefusedWhereTheyAreNone) {
  EXPECT_EQ(problem_of(ask(osaka, seoul, to_bytes("no order"))), ErrorCode::kMalformed);
  EXPECT_EQ(problem_of(hand_on(osaka, seoul, to_bytes("{}"))), ErrorCode::kMalformed);
  const auto as_cms =
      countersign::take(post(seoul, osaka.tls, kPeerOrdersPath, http::kCmsMediaType, order_at(seoul), "1"));
  EXPECT_EQ(problem_of(as_cms), ErrorCode::kUnsupported);
}

TEST_F(ForwardedOrders, AreUndecidedWhereTheirAuthorityAnswersWithNoDecision) {
  Bytes answer = to_bytes("no signed document");
  int status = 200;
  http::Router router;
  router.add("POST", kPeerOrdersPath, [&](const http::Request&, const http::Respond& respond) {
    if (status == 200) return respond(http::der_response(200, answer, http::kCmsMediaType));
    respond(http::problem_response({ErrorCode::kCertificateRevoked, "final, says somebody"}));
  });
  seoul.serve(std::move(router), seoul.tls);
  EXPECT_EQ(problem_of(ask(osaka, seoul, order_at(seoul))), ErrorCode::kHomeUnreachable);
  answer = order_at(seoul);
  EXPECT_EQ(problem_of(ask(osaka, seoul, order_at(seoul))), ErrorCode::kHomeUnreachable)
      << "signed otherwise";
  status = 403;
  EXPECT_EQ(problem_of(ask(osaka, seoul, order_at(seoul))), ErrorCode::kHomeUnreachable);
}

TEST_F(ForwardedOrders, OfOneMerchantTakeNotTheWayOfAllOthers) {
  std::mutex mutex;
  std::vector<http::Respond> held;
  std::condition_variable arrived;
  http::Router router;
  router.add("POST", kPeerOrdersPath, [&](const http::Request&, http::Respond respond) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(respond));
    arrived.notify_all();
  });
  seoul.serve(std::move(router), seoul.tls);
  const CurrentMap current = [this]() -> Result<std::shared_ptr<const network::MapView>> { return view; };
  OrderForwarding::Options options;
  options.merchants = {.all = 2, .of_one = 1};
  OrderForwarding narrow(
      {osaka.world.network.data_centre, osaka.world.network.ca.certificate.subject(), current, *osaka.door,
       *osaka.peers, *osaka.foreign, *osaka.world.service, osaka.world.clock, nullptr},
      options);
  const auto forward = [&](const x509::Signer& merchant) {
    const auto answered = std::make_shared<std::promise<http::Response>>();
    narrow.forward({order_at(seoul), std::nullopt}, merchant.certificate,
                   [answered](http::Response response) { answered->set_value(std::move(response)); });
    return answered->get_future();
  };
  const auto others = std::array{seoul.world.enrol_merchant("A"), seoul.world.enrol_merchant("B")};
  auto first = forward(*seoul.world.merchant);
  EXPECT_EQ(problem_of(forward(*seoul.world.merchant).get()), ErrorCode::kRateLimited);
  auto second = forward(others[0]);
  EXPECT_EQ(problem_of(forward(others[1]).get()), ErrorCode::kUnavailable);
  {
    std::unique_lock lock(mutex);
    arrived.wait(lock, [&] { return held.size() == 2; });
    for (const auto& respond : held) respond(http::problem_response({ErrorCode::kUnavailable, "later"}));
  }
  EXPECT_EQ(problem_of(first.get()), ErrorCode::kHomeUnreachable);
  EXPECT_EQ(problem_of(second.get()), ErrorCode::kHomeUnreachable);
}

}  // namespace
}  // namespace countersign::authority
