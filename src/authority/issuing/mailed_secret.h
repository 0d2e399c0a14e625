// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace countersign::authority {

// Secrets that travel by mail or on paper and are typed by people: groups of four of the 32 characters of
// Crockford's base32 (no I, L, O, U), "7Q3K-0MZD-…". A password has seven groups (140 random bits), a code
// four (80 bits; only where guesses are counted).
crypto::SecretBytes random_mailed_password();
// The code of four groups that belongs to 32 bytes of secret material.
crypto::SecretBytes code_of(const crypto::SecretBytes& material);

// normalize_typed brings what a person typed into the form above: capitals, O as 0, I and L as 1, groups of
// four, whatever spaces and hyphens were in it. Foreign characters stay, so that the result equals no secret.
crypto::SecretBytes normalize_typed(std::string_view typed);

// The digest under which such a secret is stored and compared; of the normalized form.
Sha256Digest typed_digest(std::string_view typed);

// wipe_text overwrites a text that held a secret on its way into a mail.
void wipe_text(std::string& text);

}  // namespace countersign::authority
