// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "authority/enrolment/enrolments.h"

namespace countersign::authority {

// Erasure removes what is personal of a holder: address, consent records and their key, and the holder's
// mails that still wait, but nobody else's to the same address. What stays is pseudonymous: certificates,
// their status, digests, confirmations; all of it as verifiable as before. Certificates still usable are
// revoked, for their holder could no longer be told of anything. Thread-safe.
class Erasure {
 public:
  struct Parts {
    const AuthorityContext& context;
    mail::Outbox& outbox;
    HolderStore& holders;
    Enrolments& enrolments;
    std::chrono::hours retention{30 * 24};  // of enrolments that nobody completed
  };
  explicit Erasure(Parts parts) : parts_(parts) {}

  // Erases every holder registered under an address, or one by pseudonym; how many. Repeating it is harmless.
  Result<int> erase_address(std::string_view address, std::string_view actor);
  Result<void> erase_holder(std::string_view uid, std::string_view actor);

  // Erases holders whose enrolments all ended uncompleted longer ago than the retention, and destroys keys of
  // holders whose erasure was interrupted.
  Result<void> sweep();

 private:
  Result<void> erase(const Holder& holder, std::string_view actor);
  Parts parts_;
};

}  // namespace countersign::authority
