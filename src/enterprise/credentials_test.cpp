// SPDX-License-Identifier: Apache-2.0
#include "enterprise/credentials.h"

#include <gtest/gtest.h>

#include "enterprise/purchase_store.h"
#include "sample/manual_clock.h"
#include "sample/take.h"
#include "sample/temporary_folder.h"

namespace countersign::enterprise {
namespace {

class CredentialsTest : public ::testing::Test {
 protected:
  CredentialsTest() { take(migrate_enterprise(*database)); }
  Result<NewCredential> create(std::string_view name, Rights rights = {true, true},
                               Bearer bearer = Bearer::kPerson) {
    return create_credential(*database, name, bearer, rights, clock.now());
  }
  ErrorCode refused(std::string_view text) { return verify_credential(*database, text).error().code; }

  TemporaryFolder folder;
  ManualClock clock;
  std::unique_ptr<storage::Database> database = take(storage::open_sqlite(folder.path() / "store.db"));
};

TEST_F(CredentialsTest, KnowsWhoBearsOneAndWhatForAfterItsTextWasForgotten) {
  const auto made = take(create("Kim Minji", {false, true}));
  const auto known = take(verify_credential(*database, made.text));
  EXPECT_EQ(known.name, "Kim Minji");
  EXPECT_EQ(known.id, made.credential.id);
  EXPECT_EQ(known.bearer, Bearer::kPerson);
  EXPECT_FALSE(known.rights.ask);
  EXPECT_TRUE(known.rights.approve);
}

TEST_F(CredentialsTest, RefusesEveryOtherText) {
  auto text = take(create("Kim Minji")).text;
  for (const std::string_view other : {"", "csp_", "csk_0000000000000000_x", "csp_0000000000000000_x"})
    EXPECT_EQ(refused(other), ErrorCode::kUnauthenticated) << other;
  text.back() = text.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(refused(text), ErrorCode::kUnauthenticated);
}

TEST_F(CredentialsTest, RefusesARevokedOne) {
  const auto made = take(create("Kim Minji"));
  take(revoke_credential(*database, made.credential.id, clock.now()));
  EXPECT_EQ(refused(made.text), ErrorCode::kUnauthenticated);
  EXPECT_TRUE(take(list_credentials(*database)).at(0).revoked);
  EXPECT_EQ(revoke_credential(*database, "none", clock.now()).error().code, ErrorCode::kNotFound);
}

TEST_F(CredentialsTest, TakesOneNameForOnePerson) {
  take(create("Kim Minji"));
  EXPECT_TRUE(create("Kim Minji")) << "a second credential";
  EXPECT_EQ(create("kim minji").error().code, ErrorCode::kConflict);
  EXPECT_EQ(create("Kim Minji", {true, false}, Bearer::kSoftware).error().code, ErrorCode::kConflict);
}

TEST_F(CredentialsTest, RefusesNamesThatCannotBeShown) {
  for (const std::string& name :
       {std::string(), std::string(65, 'x'), std::string(" Kim"), std::string("Kim\n")})
    EXPECT_EQ(create(name).error().code, ErrorCode::kMalformed) << name;
}

TEST_F(CredentialsTest, RefusesOneWithoutRightsAndSoftwareThatApproves) {
  EXPECT_EQ(create("Kim Minji", {false, false}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(create("ERP", {true, true}, Bearer::kSoftware).error().code, ErrorCode::kMalformed);
}

TEST_F(CredentialsTest, CountsSoftwareAndRevokedOnesAsNobody) {
  take(create("ERP", {true, false}, Bearer::kSoftware));
  const auto made = take(create("Kim Minji"));
  const auto is_known = [&](std::string_view name) {
    bool known = false;
    take(database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(known, is_known_person(reader, name));
      return ok();
    }));
    return known;
  };
  EXPECT_TRUE(is_known("Kim Minji"));
  EXPECT_FALSE(is_known("ERP"));
  take(revoke_credential(*database, made.credential.id, clock.now()));
  EXPECT_FALSE(is_known("Kim Minji"));
}

}  // namespace
}  // namespace countersign::enterprise
