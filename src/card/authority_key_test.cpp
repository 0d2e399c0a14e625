// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "card/card.h"
#include "card/pkcs11_module.h"

namespace countersign::card {
namespace {

crypto::SecretBytes secret(std::string_view text) {
  return crypto::SecretBytes::copy_of(as_bytes(text));
}

class LoadTokenKey : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "authority-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    ASSERT_TRUE(initialize_soft_token(folder_ / "token", "seoul-1", secret("12345678"), secret("4321")));
    std::ofstream(folder_ / "pin") << "4321\n";
    const auto card = open_pkcs11_card({std::string(kSoftHsmModule), "seoul-1", folder_ / "tries", 3});
    ASSERT_TRUE(card);
    ASSERT_TRUE(card.value()->log_in(secret("4321")));
    ASSERT_TRUE(card.value()->generate_key(KeyUse::kSigning));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string uri(std::string_view object) const {
    return "pkcs11:token=seoul-1;" + std::string(object) + "?pin-source=file:" + (folder_ / "pin").string();
  }
  std::filesystem::path folder_;
};

TEST_F(LoadTokenKey, SignsInTheTokenAsLongAsTheKeyLives) {
  const auto key = load_token_key(uri("object=signing"));
  ASSERT_TRUE(key) << key.error().detail;
  const auto copy = key.value();
  const Bytes message = to_bytes("a confirmation");
  EXPECT_TRUE(key.value().public_key().verify(message, copy.sign(message).value()));
}

TEST_F(LoadTokenKey, FindsTheKeyByItsId) {
  EXPECT_TRUE(load_token_key(uri("id=%01")));
}

TEST_F(LoadTokenKey, NamesAKeyThatIsNotThere) {
  EXPECT_EQ(load_token_key(uri("object=other")).error().code, ErrorCode::kNotFound);
}

TEST_F(LoadTokenKey, RefusesAWrongPinFile) {
  std::ofstream(folder_ / "pin") << "0000";
  EXPECT_EQ(load_token_key(uri("object=signing")).error().code, ErrorCode::kWrongPin);
}

TEST_F(LoadTokenKey, RefusesATokenThatIsNotThere) {
  EXPECT_EQ(load_token_key("pkcs11:token=busan-1;object=signing?pin-source=/x").error().code,
            ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::card
