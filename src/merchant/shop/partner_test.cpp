// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/partner.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "http/server.h"
#include "merchant/gateway_test_client.h"
#include "x509/status_staple.h"

namespace countersign::merchant {
namespace {

// A partner's gateway that serves on loopback.
struct PartnerTest : GatewayTest {
  std::unique_ptr<PartnerAccess> access_with(std::string_view api_key) {
    return access_at(gateway->port(), api_key);
  }
  std::unique_ptr<PartnerAccess> access_at(unsigned short port, std::string_view api_key) {
    http::PeerCheck peer;
    peer.anchor = shop.view.anchor();
    peer.clock = std::shared_ptr<const Clock>(std::shared_ptr<void>(), &shop.clock);
    return take(make_partner_access("https://127.0.0.1:" + std::to_string(port), secret_text(api_key),
                                    PeerRule{std::move(peer)}, http::AddressPolicy::kLoopbackOnly));
  }
  static CheckoutRequest tea() {
    return {{{"tea", "Tea \"first\"", 2, 12'000}}, "KRW", std::string(kTestOrigin), "cart", "shop-1"};
  }
  std::unique_ptr<PartnerAccess> partner = access_with(key);
};

TEST_F(PartnerTest, OpensACheckoutAndFollowsItToItsConfirmation) {
  const auto opened = take(partner->open(tea()));
  EXPECT_EQ(opened.total, (Amount{24'000, "KRW"}));
  const auto link = take(read_pay_link(opened.link));
  EXPECT_EQ(link.checkout, opened.id);
  EXPECT_EQ(take(partner->open(tea())).id, opened.id) << "sent twice it is one";
  EXPECT_EQ(take(partner->view(opened.id)).state, CheckoutState::kOpen);
  const TestWallet wallet(shop, "first");
  ASSERT_EQ(buy({opened.id, link.token}, wallet).kind, documents::Outcome::Kind::kConfirmation);
  const auto confirmed = take(partner->view(opened.id));
  EXPECT_EQ(confirmed.state, CheckoutState::kConfirmed);
  EXPECT_FALSE(confirmed.confirmation.empty());
  EXPECT_EQ(x509::code_of(partner->cancel(opened.id)), ErrorCode::kConflict);
}

TEST_F(PartnerTest, OpensOneWithoutAReference) {
  auto request = tea();
  request.reference.clear();
  EXPECT_TRUE(partner->open(request));
}

TEST_F(PartnerTest, CancelsWhatNobodyHasSigned) {
  const auto opened = take(partner->open(tea()));
  take(partner->cancel(opened.id));
  EXPECT_EQ(take(partner->view(opened.id)).state, CheckoutState::kCancelled);
}

TEST_F(PartnerTest, SaysWhatThePartnerRefuses) {
  EXPECT_EQ(x509::code_of(access_with("csk_wrong")->open(tea())), ErrorCode::kUnauthenticated);
  auto elsewhere = tea();
  elsewhere.origin = "https://other.example";
  EXPECT_EQ(x509::code_of(partner->open(elsewhere)), ErrorCode::kWrongOrigin);
  EXPECT_EQ(x509::code_of(partner->view("nothing")), ErrorCode::kNotFound);
}

// One that completes connection and handshake, shows its status, takes the request, and then says nothing.
TEST_F(PartnerTest, LetsNoPageWaitLongForAGatewayThatSaysNothing) {
  std::promise<void> heard, over;
  http::Router router;
  router.add_blocking("GET", "/v1/checkouts/{id}", [&](const http::Request&) {
    heard.set_value();
    over.get_future().wait();
    return http::text_response(200, "");
  });
  const auto signer = *shop.identity->signer();
  x509::StatusStaple staple([&] { return shop.view.anchor(); }, shop.ask_status(), shop.clock);
  take(staple.refresh(signer.certificate));
  http::ServerOptions options;
  options.tls = http::TlsListener{signer, [&] { return staple.current(); }, nullptr, {}, nullptr};
  const auto silent = take(http::Server::start(std::move(options), std::move(router)));
  const auto access = access_at(silent->port(), key);
  const auto begun = std::chrono::steady_clock::now();
  const auto viewed = access->view("any");
  const auto took = std::chrono::steady_clock::now() - begun;
  over.set_value();
  ASSERT_EQ(heard.get_future().wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(x509::code_of(viewed), ErrorCode::kUnavailable);
  EXPECT_LT(took, std::chrono::seconds(8));
}

TEST_F(PartnerTest, LetsNoPageWaitLongForAGatewayThatDoesNotEvenShakeHands) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(x509::code_of(access_at(ntohs(address.sin_port), key)->view("any")), ErrorCode::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
  ::close(listener);
}

TEST(ReadPayLink, TakesWhatAGatewayWritesAndNothingElse) {
  const auto read = take(read_pay_link(pay_link("https://shop.example", "c-1", "t_1")));
  EXPECT_EQ(read.gateway + " " + read.checkout + " " + read.token, "https://shop.example c-1 t_1");
  for (const auto* link :
       {"https://shop.example", "countersign:pay?gateway=https%3A%2F%2Fs.example&checkout=c",
        "countersign:pay?gateway=http%3A%2F%2Fs.example&checkout=c&token=t",
        "countersign:pay?gateway=https%3A%2F%2Fs.example&checkout=c%22%3E&token=t",
        "countersign:pay?gateway=https%3A%2F%2Fs.example&checkout=c&token=t&x=1"})
    EXPECT_FALSE(read_pay_link(link)) << link;
}

TEST(JointPayLink, IsThatOfTheOneAndNumbersTheOthers) {
  const LinkedCheckout one{"https://a.example", "c1", "t1"}, two{"https://b.example", "c2", "t2"};
  EXPECT_EQ(joint_pay_link({one}, "https://m.example"), pay_link(one.gateway, one.checkout, one.token));
  EXPECT_EQ(joint_pay_link({one, two}, "https://m.example"),
            "countersign:pay?gateway=https%3A%2F%2Fa.example&checkout=c1&token=t1"
            "&gateway.2=https%3A%2F%2Fb.example&checkout.2=c2&token.2=t2&origin=https%3A%2F%2Fm.example");
}

}  // namespace
}  // namespace countersign::merchant
