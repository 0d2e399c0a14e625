// SPDX-License-Identifier: Apache-2.0
// What the mediator between a real wallet and a real gateway can see, and what it gets for changing it.
#include <gmock/gmock.h>

#include "purchase_test_world.h"

namespace countersign {
namespace {

using documents::OrderProfile;
using wallet::DialogueResult;

struct Purchase {
  std::string name, profile, means;
  std::string_view number;
};
struct MediatorSees : PurchaseTest, testing::WithParamInterface<Purchase> {};

TEST_P(MediatorSees, NothingOfTheHoldersNorTheOrderButForTheLastLook) {
  const auto checkout = open_checkout('"' + GetParam().profile + '"');
  const auto pc = pc_for(checkout);
  const auto course = buy(start_of(checkout, GetParam().profile), pc, GetParam().means);
  ASSERT_EQ(course.end.result, DialogueResult::kConfirmed) << course.end.code;
  ASSERT_EQ(company.asked.size(), 1U);
  EXPECT_EQ(to_text(company.asked.front().number), GetParam().number) << "the number did arrive";

  const std::string carried = pc->seen();
  EXPECT_GT(carried.size(), 4000U);
  std::string told;
  int reviews = 0;
  for (const auto& message : pc->told()) {
    const bool is_review = std::holds_alternative<link::Review>(message);
    reviews += is_review ? 1 : 0;
    const std::string text = to_text(take(link::write_control(message)));
    if (is_review) {
      EXPECT_NE(text.find(R"("noForward":true)"), std::string::npos);
      EXPECT_NE(text.find(kGoods), std::string::npos);
    }
    for (const std::string_view secret : {GetParam().number, kHolder, kName})
      EXPECT_EQ(text.find(secret), std::string::npos) << secret;
    if (!is_review) told += text;
  }
  EXPECT_EQ(reviews, GetParam().profile == "session" ? 1 : 0);
  for (const std::string_view canary : {GetParam().number, kHolder, kName, kGoods, kPin}) {
    // Four digits may stand in any ciphertext.
    EXPECT_TRUE(canary == kPin || carried.find(canary) == std::string::npos) << canary;
    EXPECT_EQ(told.find(canary), std::string::npos) << canary;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, MediatorSees,
                         testing::Values(Purchase{"PlainByCard", "plain", "1", "4111111111111111"},
                                         Purchase{"PlainByAccount", "plain", "2", kAccountNumber},
                                         Purchase{"SessionByCard", "session", "1", "4111111111111111"},
                                         Purchase{"SessionByAccount", "session", "2", kAccountNumber}),
                         [](const auto& row) { return row.param.name; });

struct MediatorAlters : PurchaseTest, testing::WithParamInterface<std::string> {};

// Whatever it changes on every connection, from the first part of the handshake to the last of the outcome:
// the wallet names an error, and nobody pays for what the gateway did not get as the wallet sent it.
TEST_P(MediatorAlters, AnyPartAndIsNeverBelieved) {
  for (const auto way : {TestMediator::Way::kToGateway, TestMediator::Way::kToWallet}) {
    for (int wanted = 0;; ++wanted) {
      SCOPED_TRACE((way == TestMediator::Way::kToGateway ? "to the gateway, part " : "to the wallet, part ") +
                   std::to_string(wanted));
      company.asked.clear();
      shop.authority.confirmations_asked.clear();
      std::atomic<bool> is_altered = false;
      const auto checkout = open_checkout('"' + GetParam() + '"');
      std::shared_ptr<RecordingPc> pc;
      pc = pc_for(checkout, [&] {
        return [&, count = 0](TestMediator::Way where, Bytes& part) mutable {
          if (where != way || pc->is_over || count++ != wanted) return;
          part.back() ^= 1;
          is_altered = true;
        };
      });
      const auto course = buy(start_of(checkout, GetParam()), pc, "1");
      if (!is_altered) {
        EXPECT_EQ(course.end.result, DialogueResult::kConfirmed);
        EXPECT_GE(wanted, 4);
        break;
      }
      if (course.end.result == DialogueResult::kConfirmed) {
        EXPECT_GT(pc->connections(), 1U) << "what was altered was believed";
        EXPECT_EQ(company.asked.size(), 1U);
        continue;
      }
      EXPECT_TRUE(course.failed || error_of_name(course.end.code)) << course.end.code;
      const bool may_have_paid =
          way == TestMediator::Way::kToWallet && course.end.result == DialogueResult::kUnknown;
      EXPECT_EQ(company.asked.size(), shop.authority.confirmations_asked.size());
      EXPECT_TRUE(may_have_paid || company.asked.empty());
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Each, MediatorAlters, testing::Values("plain", "session"),
                         [](const auto& row) { return row.param; });

struct MediatorSubstitutes : PurchaseTest {
  // Starts what the mediator made of a purchase, and expects that nothing leaves the wallet.
  void expect_refused(const link::Start& start, const std::shared_ptr<RecordingPc>& pc, ErrorCode code) {
    const auto course = buy(start, pc, "1");
    EXPECT_EQ(course.end.result, DialogueResult::kFailed);
    EXPECT_EQ(course.end.code, error_name(code));
    EXPECT_TRUE(company.asked.empty());
    EXPECT_TRUE(take(store->purchases()).empty());
    ASSERT_TRUE(std::holds_alternative<link::Ended>(pc->told().back()));
    EXPECT_EQ(std::get<link::Ended>(pc->told().back()).code, code);
  }
};

TEST_F(MediatorSubstitutes, TheCertificateByAnotherMerchantsOfTheSameNetwork) {
  const auto passphrase = secret("passphrase");
  take(merchant::Identity::create(wallet_folder.path() / "other", passphrase));
  const auto other = take(merchant::Identity::open(wallet_folder.path() / "other", passphrase.clone()));
  auto order = shop.network.order(x509::Role::kMerchant, other->key().public_key());
  order.subject = x509::name("CN=Other Books,OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  order.alternative_names.origins = {"https://other.example.kr"};
  take(other->install(take(x509::issue_certificate(shop.network.issuer(), order)), shop.network.ca));
  const auto between = start(*other);

  const auto checkout = open_checkout();
  const auto pc = std::make_shared<RecordingPc>([&] {
    const std::string url = "https://127.0.0.1:" + std::to_string(between->port());
    return std::make_unique<TestMediator>(url + "/v1/relay?checkout=" + checkout.id,
                                          relay_options(checkout.token));
  });
  expect_refused(start_of(checkout, "session"), pc, ErrorCode::kWrongOrigin);
}

TEST_F(MediatorSubstitutes, TheOriginByOneThatIsNotTheMerchants) {
  const auto checkout = open_checkout();
  auto start = start_of(checkout, "session");
  start.origin = "https://other.example.kr";
  expect_refused(start, pc_for(checkout), ErrorCode::kWrongOrigin);
}

TEST_F(MediatorSubstitutes, TheCheckoutByOneThatItHasNoTokenFor) {
  const auto checkout = open_checkout();
  auto start = start_of(checkout, "session");
  start.checkouts[0].checkout = open_checkout().id;
  expect_refused(start, pc_for(checkout), ErrorCode::kUnauthenticated);
}

struct Narrowed {
  std::string name, named;
  OrderProfile weakest;
};
struct MediatorNarrows : PurchaseTest, testing::WithParamInterface<Narrowed> {};

// The shop allows all three, and the holder permits the weakest of the row's: whatever the PC makes of the
// page's list, it is bought as strongly as both can.
TEST_P(MediatorNarrows, TheProfilesToWeakerOnesInVain) {
  const auto checkout = open_checkout();
  const auto pc = pc_for(checkout);
  const auto course = buy(start_of(checkout, GetParam().named), pc, "1", GetParam().weakest);
  EXPECT_EQ(course.end.result, DialogueResult::kConfirmed) << course.end.code;
  const auto purchases = take(store->purchases());
  ASSERT_EQ(purchases.size(), 1U);
  EXPECT_EQ(take(documents::parse_order(purchases.front().order)).profile, OrderProfile::kSession);
  EXPECT_EQ(company.asked.size(), 1U) << "and is paid";
}

INSTANTIATE_TEST_SUITE_P(
    Each, MediatorNarrows,
    testing::Values(Narrowed{"SessionToPlain", "plain", OrderProfile::kPlain},
                    Narrowed{"SessionToDirect", "direct", OrderProfile::kPlain},
                    Narrowed{"ToPlainWhereAllIsPermitted", "plain", OrderProfile::kDirect},
                    Narrowed{"ToDirectWhereAllIsPermitted", "direct", OrderProfile::kDirect}),
    [](const auto& row) { return row.param.name; });

TEST_F(MediatorSubstitutes, TheProfilesByStrongerOnesThanTheShopTakes) {
  const auto checkout = open_checkout(R"("plain")");
  const auto pc = pc_for(checkout);
  const auto course = buy(start_of(checkout, "session"), pc, "1", OrderProfile::kSession);
  EXPECT_EQ(course.end.code, error_name(ErrorCode::kUnsupported));
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(MediatorSubstitutes, NoPurchaseForOneThatPaysNothing) {
  const auto checkout = open_checkout(R"("direct")");
  const auto pc = pc_for(checkout);
  const auto course = buy(start_of(checkout, "direct"), pc, "1");
  EXPECT_EQ(course.end.code, error_name(ErrorCode::kUnsupported)) << "the holder has not permitted it";
  EXPECT_TRUE(take(store->purchases()).empty());
}

}  // namespace
}  // namespace countersign
