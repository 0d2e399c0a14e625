// SPDX-License-Identifier: Apache-2.0
#include "link/pairing.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace countersign::link {
namespace {

const std::string kHex(64, 'a');

std::string offer_with(std::string_view parameters) {
  return "countersign:pair?" + std::string(parameters);
}

TEST(PairingOffer, ReadsWhatItWrites) {
  PairingOffer offer;
  offer.key.fill(0xc5);
  offer.secret = crypto::random_secret(kOfferSecretSize);
  offer.name = "책상 & Büro #1";
  const auto read = PairingOffer::parse("  " + offer.text() + "\n");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().key, offer.key);
  EXPECT_TRUE(equal_secrets(read.value().secret, offer.secret));
  EXPECT_EQ(read.value().name, offer.name);
  EXPECT_EQ(read.value().text(), offer.text());
}

TEST(PairingOffer, RefusesOtherTexts) {
  const std::string good = "key=" + kHex + "&secret=" + kHex + "&name=PC";
  ASSERT_TRUE(PairingOffer::parse(offer_with(good)));
  const std::string malformed[] = {
      "",
      "https://example.org/?" + good,
      offer_with(""),
      offer_with("key=" + kHex + "&secret=" + kHex),
      offer_with(good + "&name=PC"),
      offer_with(good + "&more=1"),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name="),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name=a%0Ab"),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name=a%E2%80%AEb"),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name=%f"),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name=a b"),
      offer_with("key=" + kHex + "&secret=" + kHex + "&name=" + std::string(kMaxDeviceName + 1, 'n')),
      offer_with("key=" + kHex + "&secret=" + kHex.substr(2) + "&name=PC"),
      offer_with("key=" + kHex.substr(1) + "&secret=" + kHex + "&name=PC"),
      offer_with("key=" + std::string(64, 'A') + "&secret=" + kHex + "&name=PC"),
  };
  for (const auto& text : malformed)
    EXPECT_EQ(PairingOffer::parse(text).error().code, ErrorCode::kMalformed) << text;
  EXPECT_EQ(PairingOffer::parse("countersign:pay?gateway=x").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(PairingOffer::parse(offer_with(std::string(2000, 'x'))).error().code, ErrorCode::kTooLarge);
}

TEST(PairingKeys, AreTheSameOnBothSidesAndApartFromEachOther) {
  const auto secret = crypto::random_secret(kOfferSecretSize);
  const auto here = derive_pairing_keys(secret);
  const auto there = derive_pairing_keys(secret.clone());
  EXPECT_EQ(here.id, there.id);
  EXPECT_TRUE(equal_secrets(here.proof, there.proof));
  EXPECT_TRUE(equal_secrets(here.discovery, there.discovery));
  EXPECT_FALSE(equal_secrets(here.proof, here.discovery));
  EXPECT_EQ(here.id.size(), 32U);
  EXPECT_NE(derive_pairing_keys(crypto::random_secret(kOfferSecretSize)).id, here.id);
}

}  // namespace
}  // namespace countersign::link
