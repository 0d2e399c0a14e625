// SPDX-License-Identifier: Apache-2.0
#include "merchant/registration_erasure.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "merchant/registration_desk.h"
#include "merchant/testing.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

struct RegistrationErasureTest : testing::Test {
  TestShop shop;
  RegistrationDesk desk{shop.context(), shop.authority};

  RegistrationRequest request(const std::string& email) const {
    return {.kind = documents::ConsentKind::kEnrolment,
            .email = email,
            .locale = "en",
            .consent = RegistrationRequest::Answer::kAccepted,
            .text_version = std::string(kConsentTextVersion),
            .given = shop.clock.now(),
            .request_key = "form:1:" + email};
  }
  std::string enrol(const std::string& email) { return take(desk.apply(request(email))).id; }
  StoredConsent consent(const std::string& id) {
    std::optional<StoredConsent> found;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(found, find_consent(reader, id));
      return ok();
    }));
    return found.value();
  }
  std::optional<ErasedConsent> erased(const std::string& id) {
    std::optional<ErasedConsent> found;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(found, find_erased_consent(reader, id));
      return ok();
    }));
    return found;
  }
  bool is_on_disk(std::string_view text) {
    shop.database.reset();  // the write-ahead log ends with the last connection
    const auto content = take(storage::read_file(shop.folder.path() / "merchant.db", 64 << 20));
    return as_text(content).find(text) != std::string_view::npos;
  }
  int erase(std::string_view email) {
    return take(erase_registrations_of(*shop.database, email, shop.clock.now()));
  }
};

TEST_F(RegistrationErasureTest, LeavesNoAddressAnywhereInTheStore) {
  enrol("minji@example.com");
  EXPECT_EQ(erase("minji@example.com"), 1);
  EXPECT_FALSE(is_on_disk("minji"));
}

TEST_F(RegistrationErasureTest, KeepsTheDigestByWhichACopyOfTheConsentIsKnown) {
  const auto id = enrol("minji@example.com");
  const auto digest = crypto::sha256(shop.authority.consents_asked.at(0));
  erase("minji@example.com");
  ASSERT_TRUE(erased(id));
  EXPECT_TRUE(equal(erased(id)->document_digest, digest));
  EXPECT_EQ(erased(id)->erased, whole_seconds(shop.clock.now()));
  EXPECT_FALSE(consent(id).enrolment.empty()) << "the authority's id is no personal data";
  EXPECT_EQ(take(desk.progress(id)).state, "awaiting_fetch");
}

TEST_F(RegistrationErasureTest, ErasesEveryRegistrationOfTheAddressInAnyCaseAndNoOther) {
  const auto first = enrol("minji@example.com");
  const auto second = enrol("Minji@Example.COM");
  const auto other = enrol("other@example.com");
  EXPECT_EQ(erase("MINJI@example.com"), 2);
  EXPECT_TRUE(erased(first));
  EXPECT_TRUE(erased(second));
  EXPECT_FALSE(erased(other));
  EXPECT_FALSE(consent(other).document.empty());
}

TEST_F(RegistrationErasureTest, FindsNothingTwice) {
  enrol("minji@example.com");
  EXPECT_EQ(erase("minji@example.com"), 1);
  EXPECT_EQ(erase("minji@example.com"), 0);
  EXPECT_EQ(erase("nobody@example.com"), 0);
}

TEST_F(RegistrationErasureTest, TakesTheSameFormAsANewRegistrationAfterwards) {
  const auto first = enrol("minji@example.com");
  erase("minji@example.com");
  EXPECT_NE(enrol("minji@example.com"), first);
}

TEST_F(RegistrationErasureTest, ErasesWhatIsOlderThanTheRetention) {
  const auto old = enrol("old@example.com");
  shop.clock.advance(std::chrono::hours(48));
  const auto young = enrol("young@example.com");
  const auto now = shop.clock.now();
  EXPECT_EQ(take(erase_registrations_before(*shop.database, now - std::chrono::hours(24), now)), 1);
  EXPECT_TRUE(erased(old));
  EXPECT_FALSE(erased(young));
}

TEST_F(RegistrationErasureTest, GoesThroughMoreThanOneBatch) {
  const auto document = [&] {
    const auto id = enrol("minji@example.com");
    return consent(id).document;
  }();
  take(shop.database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (int i = 0; i < 450; ++i) {
      TRY(insert_consent(transaction, {"copy-" + std::to_string(i),
                                       documents::ConsentKind::kEnrolment,
                                       document,
                                       shop.clock.now(),
                                       "",
                                       {},
                                       ""}));
    }
    return ok();
  }));
  EXPECT_EQ(erase("minji@example.com"), 451);
}

}  // namespace
}  // namespace countersign::merchant
