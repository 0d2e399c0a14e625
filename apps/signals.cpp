// SPDX-License-Identifier: Apache-2.0
#include "apps/signals.h"

#include <pthread.h>

namespace countersign::app {

sigset_t hold_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace countersign::app
