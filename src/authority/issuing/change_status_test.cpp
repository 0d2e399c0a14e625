// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/change_status.h"

#include <gtest/gtest.h>

#include "authority/testing/test_authority.h"

namespace countersign::authority {
namespace {

class ChangeStatus : public ::testing::Test {
 protected:
  Result<void> change(StatusAct act, x509::RevocationReason reason = {}) {
    return authority.database->write([&](storage::Transaction& transaction) {
      return change_status(*authority.context, transaction,
                           {merchant.certificate.serial(), act, reason, "operator:test", "ticket 17"});
    });
  }
  TestAuthority authority;
  x509::Signer merchant = authority.network.issue_merchant("Shop", authority.clock.now());
};

TEST_F(ChangeStatus, RecordsActAndReasonInTheSameTransaction) {
  authority.enter(merchant.certificate);
  take(change(StatusAct::kSuspend));
  take(change(StatusAct::kResume));
  take(change(StatusAct::kRevoke, x509::RevocationReason::kKeyCompromise));
  EXPECT_EQ(authority.acts(), (std::vector<std::string>{"suspend", "resume", "revoke"}));
  take(authority.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto records, authority.audit->page(reader, 2, 1));
    EXPECT_EQ(records.at(0).entry.detail, "keyCompromise: ticket 17");
    return ok();
  }));
}

TEST_F(ChangeStatus, RefusesASerialItNeverIssued) {
  EXPECT_EQ(change(StatusAct::kRevoke).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(authority.acts().empty());
}

TEST_F(ChangeStatus, RefusesToResumeWhatIsRevoked) {
  authority.enter(merchant.certificate);
  take(change(StatusAct::kRevoke));
  EXPECT_EQ(change(StatusAct::kResume).error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace countersign::authority
