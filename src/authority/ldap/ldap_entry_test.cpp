// SPDX-License-Identifier: Apache-2.0
// Which certificates come into LDAP, where, and what stands beside them.
#include "authority/ldap/ldap_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

using ::testing::ElementsAre;

class Placed : public ::testing::Test {
 protected:
  Result<void> place(x509::Role role, std::string_view subject) const {
    const x509::Name name = name_of(std::string(subject) + network_.data_centre.text());
    return require_place(network_.issue(role, name, clock_.now()).certificate, network_.data_centre);
  }

  ManualClock clock_;
  TestNetwork network_{clock_.now()};
};

TEST_F(Placed, EveryPublishedRoleHasItsContainer) {
  EXPECT_TRUE(place(x509::Role::kMerchant, "CN=Shop,OU=merchants,"));
  EXPECT_TRUE(place(x509::Role::kPurchaser, "UID=a1,OU=purchasers,"));
  EXPECT_TRUE(place(x509::Role::kPurchaserAgreement, "UID=a1,OU=purchasers,"));
  EXPECT_TRUE(place(x509::Role::kCardCompany, "CN=Card,OU=card-companies,"));
  EXPECT_TRUE(place(x509::Role::kOcspResponder, "CN=OCSP Responder,OU=authority,"));
  EXPECT_TRUE(place(x509::Role::kTimeStamper, "CN=Time-Stamp Signer,OU=authority,"));
  EXPECT_THAT(published_containers(), ElementsAre("authority", "merchants", "purchasers", "card-companies"));
}

TEST_F(Placed, OperatorsStayUnpublished) {
  const Result<void> placed = place(x509::Role::kOperator, "CN=Kim Minji,OU=operators,");
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(Placed, ACaIsNoSubscriber) {
  const Result<void> placed = require_place(network_.ca.certificate, network_.data_centre);
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::kNameNotPermitted);
}

TEST_F(Placed, ANameOutsideOfTheDataCentreIsRefused) {
  const x509::Signer shop = network_.issue_merchant("Shop", clock_.now());
  const Result<void> placed = require_place(shop.certificate, name_of("OU=busan-1,OU=kr,O=Countersign Demo"));
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().code, ErrorCode::kNameNotPermitted);
}

TEST(SubscriberEntry, SaysNothingButNameAndCertificates) {
  const x509::Name subject = name_of("UID=a1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  const LdapEntry entry = subscriber_entry(subject, std::vector<Bytes>{{1}, {2}});
  EXPECT_EQ(entry.name, "UID=a1,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
  ASSERT_EQ(entry.attributes.size(), 3U);
  EXPECT_THAT(entry.values("objectclass"), ElementsAre(to_bytes("account"), to_bytes("pkiUser")));
  EXPECT_THAT(entry.values("uid"), ElementsAre(to_bytes("a1")));
  EXPECT_THAT(entry.values(kUserCertificate), ElementsAre(Bytes{1}, Bytes{2}));
  EXPECT_TRUE(entry.values("mail").empty());
}

TEST(SubscriberEntry, HasTheClassThatItsNameAsksFor) {
  const LdapEntry entry = subscriber_entry(name_of("CN=Shop,OU=merchants,O=N"), std::vector<Bytes>{{1}});
  EXPECT_THAT(entry.values(kObjectClass), ElementsAre(to_bytes("organizationalRole"), to_bytes("pkiUser")));
}

TEST(SubscriberEntry, StaysBelowItsContainerWhateverItsNameSays) {
  const x509::Name container = name_of("OU=merchants,OU=seoul-1,OU=kr,O=Countersign Demo");
  struct Row {
    std::string_view value;
    std::string_view text;
  };
  for (const Row& row : {Row{"a,ou=purchasers", "CN=a\\,ou=purchasers,"}, Row{"a+uid=b", "CN=a\\+uid=b,"},
                         Row{"#04024869", "CN=\\#04024869,"}, Row{"\"a\"", "CN=\\\"a\\\","},
                         Row{"a\\2Cb", "CN=a\\\\2Cb,"}, Row{"*)(uid=*", "CN=*)(uid=*,"},
                         Row{"<a>;b", "CN=\\<a\\>\\;b,"}, Row{"한옥 서점", "CN=한옥 서점,"}}) {
    const x509::Name subject = take(container.child("CN", row.value));
    const LdapEntry entry = subscriber_entry(subject, std::vector<Bytes>{{1}});
    EXPECT_EQ(entry.name, std::string(row.text) + container.text());
    EXPECT_THAT(entry.values("cn"), ElementsAre(to_bytes(row.value))) << "values are sent as they are";
    EXPECT_EQ(name_of(entry.name), subject);
  }
}

TEST(DataCentreEntry, HoldsCaCertificatesAndTheRevocationLists) {
  const LdapEntry entry = data_centre_entry(name_of("OU=seoul-1,OU=kr,O=N"), std::vector<Bytes>{{1}, {2}},
                                            std::vector<Bytes>{{3}, {4}});
  EXPECT_THAT(entry.values(kObjectClass), ElementsAre(to_bytes("organizationalUnit"), to_bytes("pkiCA")));
  EXPECT_THAT(entry.values(kCaCertificate), ElementsAre(Bytes{1}, Bytes{2}));
  EXPECT_THAT(entry.values(kRevocationList), ElementsAre(Bytes{3}, Bytes{4}));
}

}  // namespace
}  // namespace countersign::authority
