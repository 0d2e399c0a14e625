// SPDX-License-Identifier: Apache-2.0
#include "card/pkcs11_uri.h"

#include <gtest/gtest.h>

namespace countersign::card {
namespace {

TEST(ParsePkcs11Uri, ReadsTokenObjectModuleAndPinSource) {
  const auto uri = parse_pkcs11_uri(
      "pkcs11:token=Seoul%201;object=ca;type=private?module-path=/usr/lib/card.so&pin-source=file:/etc/pin");
  ASSERT_TRUE(uri) << uri.error().detail;
  EXPECT_EQ(uri.value().token, "Seoul 1");
  EXPECT_EQ(uri.value().object, "ca");
  EXPECT_EQ(uri.value().module_path, "/usr/lib/card.so");
  EXPECT_EQ(uri.value().pin_file, "/etc/pin");
}

TEST(ParsePkcs11Uri, ReadsTheIdAsOctets) {
  const auto uri = parse_pkcs11_uri("pkcs11:id=%01%ff?pin-source=/etc/pin");
  ASSERT_TRUE(uri) << uri.error().detail;
  EXPECT_EQ(uri.value().id, (Bytes{0x01, 0xff}));
  EXPECT_EQ(uri.value().module_path, "/usr/lib/softhsm/libsofthsm2.so");
}

struct RefusedUri {
  std::string name;
  std::string uri;
  ErrorCode code;
};
class ParsePkcs11UriRefuses : public testing::TestWithParam<RefusedUri> {};

TEST_P(ParsePkcs11UriRefuses, WhatItCannotUse) {
  const auto uri = parse_pkcs11_uri(GetParam().uri);
  ASSERT_FALSE(uri);
  EXPECT_EQ(uri.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Uris, ParsePkcs11UriRefuses,
    testing::Values(
        RefusedUri{"AnotherScheme", "file:/key.pem", ErrorCode::kMalformed},
        RefusedUri{"NoObjectAndNoId", "pkcs11:token=a?pin-source=/p", ErrorCode::kMalformed},
        RefusedUri{"NoPinSource", "pkcs11:object=ca", ErrorCode::kMalformed},
        RefusedUri{"APinInTheUri", "pkcs11:object=ca?pin-value=1234", ErrorCode::kUnsupported},
        RefusedUri{"APublicKey", "pkcs11:object=ca;type=public?pin-source=/p", ErrorCode::kUnsupported},
        RefusedUri{"ACutOffPercentCode", "pkcs11:object=c%4?pin-source=/p", ErrorCode::kMalformed},
        RefusedUri{"AnAttributeWithoutValue", "pkcs11:object?pin-source=/p", ErrorCode::kMalformed}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::card
