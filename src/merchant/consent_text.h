// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace countersign::merchant {

// The words that a purchaser agrees to. What was shown goes into the signed consent, so a change of words is
// a new version, and a consent to another version is refused.
inline constexpr std::string_view kConsentTextVersion = "2026-11";

enum class Language { kEnglish, kKorean };
std::string_view language_code(Language language);  // "en", "ko"
// kUnsupported for a language that there are no texts in.
Result<Language> language_of_code(std::string_view code);

std::string consent_text(Language language, std::string_view merchant);

}  // namespace countersign::merchant
