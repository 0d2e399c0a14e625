// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "crypto/secret.h"

namespace countersign::app {

// read_secret takes a secret from the first line of `file`, or asks at the terminal without echo when `file`
// is empty. kUnavailable when there is no terminal to ask at; kMalformed when nothing was given,
// kTooLarge beyond 256 bytes.
Result<crypto::SecretBytes> read_secret(const std::string& file, const std::string& question);

// ask_to_go_on asks a question that is answered with yes or no; kCancelled for anything but yes, and where
// there is no terminal.
Result<void> ask_to_go_on(const std::string& question);

}  // namespace countersign::app
