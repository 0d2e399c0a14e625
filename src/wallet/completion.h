// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/identity.h"

namespace countersign::wallet {

// complete_enrolment accepts, with the new signing key, what the certificates were applied for with (the
// merchant's consent or, for a renewal that the holder asked for, the holder request), hands it in, and makes
// the enrolment active. Its keys are on the card, which must be logged in. Can be repeated.
Result<void> complete_enrolment(const Parties& parties, const EnrolmentRecord& record);

}  // namespace countersign::wallet
