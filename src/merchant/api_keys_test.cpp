// SPDX-License-Identifier: Apache-2.0
#include "merchant/api_keys.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

struct ApiKeysTest : testing::Test {
  TestShop shop;
  NewApiKey created = take(create_api_key(*shop.database, "shop server", shop.clock.now()));
};

TEST_F(ApiKeysTest, OpensTheApiToItsHolder) {
  EXPECT_EQ(take(verify_api_key(*shop.database, created.text)).label, "shop server");
}

TEST_F(ApiKeysTest, RefusesEverythingElse) {
  std::string other = created.text;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  const auto id_only = created.text.substr(0, 21);
  for (const auto& text : {other, id_only, std::string(), std::string("csk_"), created.text + "A"})
    EXPECT_EQ(code_of(verify_api_key(*shop.database, text)), ErrorCode::kUnauthenticated) << text;
}

TEST_F(ApiKeysTest, EndsAtOnceWhenRevokedAndLeavesTheOthersAlone) {
  const auto second = take(create_api_key(*shop.database, "next", shop.clock.now()));
  take(revoke_api_key(*shop.database, created.key.id, shop.clock.now()));
  EXPECT_EQ(code_of(verify_api_key(*shop.database, created.text)), ErrorCode::kUnauthenticated);
  EXPECT_TRUE(verify_api_key(*shop.database, second.text));
  const auto keys = take(list_api_keys(*shop.database));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_NE(keys[0].revoked.has_value(), keys[1].revoked.has_value());
  EXPECT_EQ(code_of(revoke_api_key(*shop.database, "nothing", shop.clock.now())), ErrorCode::kNotFound);
}

TEST_F(ApiKeysTest, IsNotFoundInTheStore) {
  const std::string secret = created.text.substr(21);
  for (const auto& entry : std::filesystem::directory_iterator(shop.folder.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    EXPECT_EQ(content.find(secret), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace countersign::merchant
