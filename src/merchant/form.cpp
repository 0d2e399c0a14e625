// SPDX-License-Identifier: Apache-2.0
#include "merchant/form.h"

namespace countersign::merchant {

Language language_of(const http::Request& request) {
  const auto language = language_of_code(http::preferred_language(request, {"en", "ko"}));
  return language ? language.value() : Language::kEnglish;
}

}  // namespace countersign::merchant
