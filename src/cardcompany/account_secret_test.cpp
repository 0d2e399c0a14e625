// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account_secret.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "card/card.h"
#include "card/pkcs11_module.h"
#include "crypto/random.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::cardcompany {
namespace {

class AccountSecretTest : public testing::Test {
 protected:
  const crypto::SecretBytes secret = crypto::random_secret(kAccountSecretSize);
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST_F(AccountSecretTest, IsOpenedByTheKeyThatItIsWrappedFor) {
  const auto wrapped = take(wrap_account_secret(secret, key.public_key()));
  EXPECT_TRUE(crypto::equal_secrets(take(unwrap_account_secret(wrapped, key)), secret));
}

TEST_F(AccountSecretTest, IsOpenedByNoOtherKeyAndNotOnceAltered) {
  const auto wrapped = take(wrap_account_secret(secret, key.public_key()));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  EXPECT_EQ(unwrap_account_secret(wrapped, other).error().code, ErrorCode::kMalformed);
  for (std::size_t at = 0; at < wrapped.size(); ++at) {
    Bytes altered = wrapped;
    altered[at] ^= 1;
    EXPECT_FALSE(unwrap_account_secret(altered, key)) << at;
  }
  EXPECT_EQ(unwrap_account_secret(BytesView(wrapped).first(wrapped.size() - 1), key).error().code,
            ErrorCode::kMalformed);
}

TEST_F(AccountSecretTest, IsWrappedDifferentlyEachTimeAndForP256Alone) {
  EXPECT_NE(take(wrap_account_secret(secret, key.public_key())),
            take(wrap_account_secret(secret, key.public_key())));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  EXPECT_EQ(wrap_account_secret(secret, other.public_key()).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(wrap_account_secret(crypto::random_secret(16), key.public_key()).error().code,
            ErrorCode::kMalformed);
}

TEST_F(AccountSecretTest, IsOpenedByAKeyThatLivesInAToken) {
  const TemporaryFolder folder;
  const auto text = [](std::string_view words) { return crypto::SecretBytes::copy_of(as_bytes(words)); };
  take(card::initialize_soft_token(folder.path() / "token", "han-river", text("12345678"), text("4321")));
  std::ofstream(folder.path() / "pin") << "4321\n";
  const auto token = take(
      card::open_pkcs11_card({std::string(card::kSoftHsmModule), "han-river", folder.path() / "tries", 3}));
  take(token->log_in(text("4321")));
  take(token->generate_key(card::KeyUse::kAgreement));
  const auto in_token = take(card::load_token_key("pkcs11:token=han-river;object=agreement?pin-source=file:" +
                                                  (folder.path() / "pin").string()));
  const auto wrapped = take(wrap_account_secret(secret, in_token.public_key()));
  EXPECT_TRUE(crypto::equal_secrets(take(unwrap_account_secret(wrapped, in_token)), secret));
}

}  // namespace
}  // namespace countersign::cardcompany
