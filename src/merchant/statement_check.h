// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/checkout.h"
#include "merchant/dialogue_store.h"

namespace countersign::merchant {

// check_statement accepts a purchaser's statement (CMS SignedData over personal information) for one
// dialogue: signed with the certificate that opened it, for this checkout, origin and merchant, in the agreed
// profile, over both nonces of this dialogue, and with exactly the fields that were asked for. It proves
// possession of the key; certificate and status were verified when the dialogue was opened. kForbidden for
// another signer, kSignatureInvalid, kWrongOrigin, kConflict for what was said in another dialogue,
// kConsentMissing where a field is missing, kMalformed.
Result<documents::PersonalInformation> check_statement(BytesView statement, const Dialogue& dialogue,
                                                       const Checkout& checkout);

}  // namespace countersign::merchant
