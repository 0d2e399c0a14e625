// SPDX-License-Identifier: Apache-2.0
#include "wallet/store.h"

#include <gtest/gtest.h>

#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

TEST(WalletStore, KeepsNothingPersonalOrSecretInClear) {
  WalletWorld world;
  take(world.enrolments().begin(world.enrolment_link(), KeySource::kKeyFile));
  ASSERT_TRUE(
      world.enrolments().open(std::string(kEnrolmentId), secret(world.peers.password), secret("1234")));
  take(world.payments().begin(world.payment_link()));
  take(world.payments().approve(world.peers.order.id, secret("1234")));
  for (const auto& entry : std::filesystem::directory_iterator(world.folder)) {
    if (!entry.is_regular_file()) continue;
    const auto content = take(storage::read_file(entry.path(), 64 << 20));
    for (const std::string_view text : {"kim@mail.example", "Green tea", "suspend-me", "correct horse"}) {
      EXPECT_EQ(as_text(content).find(text), std::string_view::npos) << entry.path() << " holds " << text;
    }
  }
}

TEST(WalletStore, TrustsNoNetworkBeforeTheFirstEnrolment) {
  WalletWorld world;
  EXPECT_EQ(
      world.store->trust_anchor(world.trade.root.certificate.fingerprint(), world.clock.now()).error().code,
      ErrorCode::kNotFound);
  world.enrol();
  EXPECT_TRUE(world.store->trust_anchor(world.trade.root.certificate.fingerprint(), world.clock.now()));
}

TEST(WalletStore, KeepsSettingsOverARestart) {
  WalletWorld world;
  EXPECT_EQ(take(world.store->setting("locale", "en")), "en");
  ASSERT_TRUE(world.store->keep_setting("locale", "ko"));
  world.restart();
  EXPECT_EQ(take(world.store->setting("locale", "en")), "ko");
}

TEST(WalletStore, RefusesToConfirmWhatWasNotSigned) {
  WalletWorld world;
  world.enrol();
  take(world.payments().begin(world.payment_link()));
  EXPECT_EQ(world.store->keep_confirmed(world.peers.order.id, to_bytes("x")).error().code,
            ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::wallet
