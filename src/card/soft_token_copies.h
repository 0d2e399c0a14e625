// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"

// SoftHSM2 writes its files in place, and the one that opens all keys of a token at every log-in: a process
// that is ended meanwhile leaves it empty, and the token cannot be found any more. So there is a copy of it.
namespace countersign::card {

// keep_copies copies, of each token below `token_folder`, the file that opens its keys, where the copy is not
// like it. To be called before each log-in, and once a PIN was changed: a copy opens with the PIN of its
// time. kStorageFull, kUnavailable.
Result<void> keep_copies(const std::filesystem::path& token_folder);
// restore_copies puts the copy in the place of each such file that is empty, for good: another process that
// is writing it is waited for. To be called before the tokens are looked for.
Result<void> restore_copies(const std::filesystem::path& token_folder);

}  // namespace countersign::card
