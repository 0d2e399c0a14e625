// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/partner.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "merchant/gateway_test_client.h"

namespace countersign::merchant {
namespace {

// A partner's gateway that serves on loopback.
struct PartnerTest : GatewayTest {
  std::unique_ptr<PartnerAccess> access_with(std::string_view api_key) {
    return access_at(gateway->port(), api_key);
  }
  std::unique_ptr<PartnerAccess> access_at(unsigned short port, std::string_view api_key) {
    http::PeerCheck peer;
    peer.anchor = shop.view.anchor;
    peer.clock = std::shared_ptr<const Clock>(std::shared_ptr<void>(), &shop.clock);
    return take(make_partner_access("https://127.0.0.1:" + std::to_string(port), secret_text(api_key),
                                    std::move(peer), http::AddressPolicy::kLoopbackOnly));
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

TEST_F(PartnerTest, LetsNoPageWaitLongForAGatewayThatSaysNothing) {
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
