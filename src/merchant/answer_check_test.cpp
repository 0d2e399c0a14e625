// SPDX-License-Identifier: Apache-2.0
#include "merchant/answer_check.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "merchant/extract_check.h"
#include "merchant/testing.h"
#include "sample/second_data_centre.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

// The authority of tokyo-1 says something of an order that is seoul-1's to decide.
struct AnotherAuthorityTest : testing::Test {
  void SetUp() override { take(shop.view.trust->take(other.signed_map())); }

  x509::Signer confirmer_of_own() const {
    const auto key = x509::new_key();
    auto order = shop.network.order(x509::Role::kConfirmationSigner, key.public_key());
    return {take(x509::issue_certificate(shop.network.issuer(), order)), key, {shop.network.ca}};
  }
  Bytes sign(const x509::Signer& by, BytesView content) const {
    return take(x509::sign_cms(by, content, {.signing_time = shop.clock.now()}));
  }
  Bytes refusal(const x509::Signer& by) const {
    const documents::Refusal said{.data_centre = shop.view.data_centre,
                                  .time = whole_seconds(shop.clock.now()),
                                  .request = crypto::sha256(request),
                                  .order_id = "01234567-89ab-7cde-8f01-23456789abcd",
                                  .reasons = {{ErrorCode::kCertificateRevoked, "purchaser"}},
                                  .final = true};
    return sign(by, documents::write_refusal(said));
  }
  Result<CheckedAnswer> check(const x509::Signer& by) const {
    return check_answer({SignedAnswer::Kind::kRefusal, refusal(by)},
                        {"01234567-89ab-7cde-8f01-23456789abcd", request, {}}, shop.view, shop.clock.now());
  }
  documents::Confirmation confirmation() const {
    const auto party = documents::ConfirmedParty{shop.identity->signer()->certificate.subject(),
                                                 shop.network.ca.subject(),
                                                 shop.identity->signer()->certificate.serial(),
                                                 "",
                                                 {},
                                                 {}};
    return {.id = "01234567-89ab-4cde-8f01-23456789abcd",
            .data_centre = shop.view.data_centre,
            .index = 1,
            .time = whole_seconds(shop.clock.now()),
            .order_id = "01234567-89ab-7cde-8f01-23456789abcd",
            .order_digest = crypto::sha256(request),
            .total = {12'000, "KRW"},
            .countersigned_order = request,
            .review = std::nullopt,
            .merchant = party,
            .purchaser = party};
  }
  Result<documents::Extract> check_extract_by(const x509::Signer& by) const {
    const auto der = sign(by, take(documents::write_extract(documents::extract_of(confirmation()))));
    return check_extract(der, confirmation(), *shop.view.anchor(), shop.clock.now());
  }

  TestShop shop;
  sample::SecondDataCentre other{
      {shop.network.root, shop.network.root_key}, shop.network.ca, shop.network.now};
  Bytes request = to_bytes("the countersigned order");
  x509::Signer stranger =
      other.signer(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
};

TEST_F(AnotherAuthorityTest, RefusesNothingInTheNameOfTheMerchants) {
  EXPECT_TRUE(check(confirmer_of_own()));
  EXPECT_EQ(code_of(check(stranger)), ErrorCode::kForbidden);
}

TEST_F(AnotherAuthorityTest, HasNothingCapturedInTheNameOfTheMerchants) {
  EXPECT_TRUE(check_extract_by(confirmer_of_own()));
  EXPECT_EQ(code_of(check_extract_by(stranger)), ErrorCode::kForbidden);
}

}  // namespace
}  // namespace countersign::merchant
