// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/registration_store.h"

namespace countersign::merchant {

// Erasure takes a signed consent, the one place where an address stands, out of the gateway. What stays is
// the registration's id, kind and time, the authority's id of the enrolment, and the SHA-256 of the signed
// consent: a copy that the authority or a wallet shows can be told from any other, while the signature in it
// keeps an address from being found by guessing. Orders and confirmations hold pseudonyms only and stay.

// Erases every registration under an address, in whatever case it is spelled; how many. Repeating it is
// harmless.
Result<int> erase_registrations_of(storage::Database& database, std::string_view email, TimePoint now);
// Erases registrations whose consent was given before a time; how many.
Result<int> erase_registrations_before(storage::Database& database, TimePoint given_before, TimePoint now);

}  // namespace countersign::merchant
