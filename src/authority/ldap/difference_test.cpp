// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/testing/test_network.h"

namespace countersign::authority {
namespace {

using Kind = Difference::Kind;

const x509::Name kSubject = name_of("UID=abc,OU=purchasers,OU=seoul-1,OU=kr,O=Countersign Demo");
const Bytes kFirst{1, 2, 3};
const Bytes kSecond{4, 5, 6};

LdapEntry wanted() {
  return subscriber_entry(kSubject, std::vector<Bytes>{kFirst, kSecond});
}

TEST(Difference, IsNoneForTheEntryItself) {
  EXPECT_EQ(difference(wanted(), wanted()).kind, Kind::kNone);
}

TEST(Difference, IsToAddWhatIsMissing) {
  EXPECT_EQ(difference(wanted(), std::nullopt).kind, Kind::kAdd);
}

TEST(Difference, IsNoneForWhatLdapReadsAlike) {
  LdapEntry found = wanted();
  found.attributes[0].values = {to_bytes("pkiuser"), to_bytes("TOP"), to_bytes("Account")};
  found.attributes[1] = {"uid", {to_bytes("ABC")}};
  found.attributes[2] = {"usercertificate;BINARY", {kSecond, kFirst}};
  EXPECT_EQ(difference(wanted(), found).kind, Kind::kNone);
}

TEST(Difference, GivesAnAttributeAllItsValuesWhereOneIsMissingTooMuchOrAnother) {
  for (const std::vector<Bytes>& values :
       {std::vector<Bytes>{kFirst}, {kFirst, kSecond, {7}}, {kFirst, {4, 5, 7}}, {kFirst, kFirst}}) {
    LdapEntry found = wanted();
    found.attributes[2].values = values;
    const Difference change = difference(wanted(), found);
    ASSERT_EQ(change.kind, Kind::kAlter);
    ASSERT_EQ(change.altered.size(), 1U);
    EXPECT_EQ(change.altered[0].type, kUserCertificate);
    EXPECT_THAT(change.altered[0].values, ::testing::ElementsAre(kFirst, kSecond));
  }
}

TEST(Difference, GivesAnAttributeThatWasMissing) {
  LdapEntry found = wanted();
  found.attributes.pop_back();
  EXPECT_EQ(difference(wanted(), found).kind, Kind::kAlter);
}

TEST(Difference, ReplacesAnEntryOfAnotherClassWithAnotherAttributeOrMoreNames) {
  LdapEntry person = wanted();
  person.attributes[0].values = {to_bytes("person"), to_bytes("pkiUser")};
  LdapEntry addressed = wanted();
  addressed.attributes.push_back({"mail", {to_bytes("kim@example.kr")}});
  LdapEntry renamed = wanted();
  renamed.attributes[1].values.push_back(to_bytes("kim"));
  for (const LdapEntry& found : {person, addressed, renamed})
    EXPECT_EQ(difference(wanted(), found).kind, Kind::kReplace);
}

TEST(Alterations, MakeANodeRightWhereItStands) {
  const x509::Name centre = name_of("OU=seoul-1,OU=kr,O=Countersign Demo");
  const LdapEntry node = data_centre_entry(centre, std::vector<Bytes>{kFirst}, std::vector<Bytes>{kSecond});
  EXPECT_TRUE(alterations(node, node).empty());
  LdapEntry older = node;
  older.attributes[3].values = {kFirst};
  EXPECT_EQ(alterations(node, older).size(), 1U);
  LdapEntry foreign = container_entry(centre);
  foreign.attributes.push_back({"description", {to_bytes("seat of the authority")}});
  const std::vector<LdapAttribute> altered = alterations(node, foreign);
  ASSERT_EQ(altered.size(), node.attributes.size() + 1);
  EXPECT_EQ(altered.back().type, "description");
  EXPECT_TRUE(altered.back().values.empty());
}

}  // namespace
}  // namespace countersign::authority
