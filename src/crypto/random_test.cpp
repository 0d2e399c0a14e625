// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <gtest/gtest.h>

namespace countersign::crypto {
namespace {

TEST(RandomToken, CarriesTheBytesAskedForInTextForUrls) {
  EXPECT_EQ(base64url_decode(random_token(16)).value().size(), 16U);
  EXPECT_NE(random_token(), random_token());
  EXPECT_FALSE(equal_secrets(random_secret(32), random_secret(32)));
}

TEST(RandomUuid, BeginsWithTheMillisecondsOfItsTime) {
  const TimePoint time = from_unix_seconds(1'645'557'742);  // the example of RFC 9562 §A.6
  const std::string uuid = random_uuid_v7(time);
  EXPECT_EQ(uuid.substr(0, 15), "017f22e2-79b0-7");
  EXPECT_TRUE(is_uuid_v7(uuid)) << uuid;
  EXPECT_NE(uuid, random_uuid_v7(time));
}

TEST(IsUuidV7, RefusesOtherVersionsVariantsAndSpellings) {
  EXPECT_TRUE(is_uuid_v7("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  const char* const refused[] = {"",
                                 "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",
                                 "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
                                 "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
                                 "017f22e279b07cc398c4dc0c0c07398f",
                                 "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
                                 "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
                                 "017f22e2_79b0-7cc3-98c4-dc0c0c07398f",
                                 "{17f22e2-79b0-7cc3-98c4-dc0c0c07398f"};
  for (const char* text : refused) EXPECT_FALSE(is_uuid_v7(text)) << text;
}

}  // namespace
}  // namespace countersign::crypto
