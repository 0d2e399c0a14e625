// SPDX-License-Identifier: Apache-2.0
#include "merchant/webhook_sender.h"

#include <gtest/gtest.h>

#include "merchant/checkout_store.h"
#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

// A shop that is up or down, and remembers what it got.
struct FakeTarget final : WebhookTarget {
  struct Shop {
    bool is_up = true;
    std::vector<std::string> bodies, signatures;
  };
  explicit FakeTarget(Shop& shop_side) : shop(shop_side) {}
  Result<void> post(BytesView body, std::string_view signature) override {
    if (!shop.is_up) return fail(ErrorCode::kUnavailable, "the shop answered 500");
    shop.bodies.emplace_back(as_text(body));
    shop.signatures.emplace_back(signature);
    return ok();
  }
  Shop& shop;
};

struct WebhookSenderTest : testing::Test {
  TestShop shop;
  FakeTarget::Shop target;
  WebhookSender sender{*shop.database, shop.clock, std::make_unique<FakeTarget>(target),
                       crypto::SecretBytes::copy_of(as_bytes("key"))};

  void enqueue(const std::string& id) {
    take(shop.database->write([&](storage::Transaction& transaction) -> Result<void> {
      const Checkout checkout{.id = id,
                              .reference = "cart",
                              .origin = "https://shop.example",
                              .lines = {{"tea", "Tea", 1, 1}},
                              .total = {1, "KRW"},
                              .created = shop.clock.now(),
                              .expires = shop.clock.now(),
                              .state = CheckoutState::kConfirmed};
      TRY(insert_checkout(transaction, checkout, "", {}));
      return enqueue_event(transaction, checkout, "order-1", shop.clock.now());
    }));
  }
  Webhook only() {
    std::vector<Webhook> webhooks;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(webhooks, list_webhooks(reader, "", 10));
      return ok();
    }));
    return webhooks.at(0);
  }
};

TEST(WebhookSignature, IsTheHmacThatOpensslComputes) {
  // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(webhook_signature(crypto::SecretBytes::copy_of(as_bytes("key")), as_bytes(R"({"a":1})"),
                              from_unix_seconds(1'700'000'000)),
            "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03");
}

TEST_F(WebhookSenderTest, DeliversASignedEventOnce) {
  enqueue("c1");
  EXPECT_EQ(take(sender.deliver_due()), 1);
  EXPECT_EQ(take(sender.deliver_due()), 0);
  EXPECT_NE(target.bodies.at(0).find(R"("type":"checkout.confirmed")"), std::string::npos);
  EXPECT_NE(target.bodies.at(0).find(R"("orderId":"order-1")"), std::string::npos);
  EXPECT_EQ(target.signatures.at(0), webhook_signature(crypto::SecretBytes::copy_of(as_bytes("key")),
                                                       as_bytes(target.bodies.at(0)), shop.clock.now()));
  EXPECT_TRUE(only().delivered);
}

TEST_F(WebhookSenderTest, WaitsTwiceAsLongAfterEachFailure) {
  enqueue("c1");
  target.is_up = false;
  for (const int seconds : {5, 10, 20, 40}) {
    EXPECT_EQ(take(sender.deliver_due()), 0);
    EXPECT_EQ(only().next_attempt, whole_seconds(shop.clock.now()) + Seconds(seconds));
    shop.clock.advance(Seconds(seconds));
  }
  EXPECT_EQ(only().last_error, "the shop answered 500");
  target.is_up = true;
  EXPECT_EQ(take(sender.deliver_due()), 1);
  EXPECT_EQ(only().attempts, 5);
}

TEST_F(WebhookSenderTest, GivesUpAfterThreeDaysUntilItIsReplayed) {
  enqueue("c1");
  target.is_up = false;
  EXPECT_EQ(take(sender.deliver_due()), 0);
  shop.clock.advance(std::chrono::hours(73));
  EXPECT_EQ(take(sender.deliver_due()), 0);
  EXPECT_FALSE(only().next_attempt);
  EXPECT_FALSE(only().delivered);

  target.is_up = true;
  EXPECT_EQ(take(sender.deliver_due()), 0);
  take(shop.database->write([&](storage::Transaction& transaction) {
    return replay_webhook(transaction, only().id, shop.clock.now());
  }));
  EXPECT_EQ(take(sender.deliver_due()), 1);
}

TEST_F(WebhookSenderTest, SendsADeliveredEventAgainWhenReplayed) {
  enqueue("c1");
  EXPECT_EQ(take(sender.deliver_due()), 1);
  const auto id = only().id;
  take(shop.database->write(
      [&](storage::Transaction& transaction) { return replay_webhook(transaction, id, shop.clock.now()); }));
  EXPECT_EQ(take(sender.deliver_due()), 1);
  EXPECT_EQ(target.bodies.at(0), target.bodies.at(1));
  EXPECT_EQ(code_of(shop.database->write([&](storage::Transaction& transaction) {
              return replay_webhook(transaction, "nothing", shop.clock.now());
            })),
            ErrorCode::kNotFound);
}

TEST_F(WebhookSenderTest, LetsTheOthersWaitWhileTheShopIsDown) {
  enqueue("c1");
  enqueue("c2");
  target.is_up = false;
  EXPECT_EQ(take(sender.deliver_due()), 0);
  target.is_up = true;
  EXPECT_EQ(take(sender.deliver_due()), 1);
  shop.clock.advance(Seconds(5));
  EXPECT_EQ(take(sender.deliver_due()), 1);
}

TEST(WebhookTarget, RefusesUrlsWithQueryOrOfOtherSchemes) {
  using http::AddressPolicy;
  EXPECT_EQ(code_of(http_webhook_target("http://127.0.0.1:1/hook?a=b", nullptr, AddressPolicy::kAny)),
            ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(http_webhook_target("ftp://127.0.0.1/hook", nullptr, AddressPolicy::kAny)),
            ErrorCode::kMalformed);
}

TEST(WebhookTarget, KeepsPlainHttpOnThisMachine) {
  const auto target =
      take(http_webhook_target("http://192.0.2.1:9/hook", nullptr, http::AddressPolicy::kAny));
  EXPECT_EQ(code_of(target->post(as_bytes("{}"), "t=0,v1=")), ErrorCode::kForbidden);
}

}  // namespace
}  // namespace countersign::merchant
