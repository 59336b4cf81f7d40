//! Body of an attempt: read at once, or chunk by chunk where limits watch it.

use crate::core::error::{Failure, Phase};
use crate::core::policy::ReadAs;

use super::attempt::Attempt;
use super::boxed::boxed;
use super::context::RequestContext;
use super::host::Host;
use super::task::During;

/// Bytes of a failure's body that are read for its error.
const EXCERPT: f64 = 65_536.0;

impl<H: Host> Attempt<'_, H> {
    /// Reads the body and makes its data; returns the decoded bytes, `None` where nothing is read.
    pub(super) async fn body(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let host = self.context.host();
        if policy.read == ReadAs::None {
            host.discard(exchange);
            return Ok(None);
        }
        if !policy.watches_body() {
            self.limit(Phase::Attempt, self.deadline.started, f64::INFINITY);
            return self.context.interruptible(host.read(exchange, request)).await;
        }
        boxed(self.chunks()).await.map(Some)
    }

    /// Reads the body chunk by chunk; returns its bytes.
    async fn chunks(&self) -> Result<f64, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let mut bytes = 0.0;
        while let Some(chunk) = self.chunk().await? {
            bytes += chunk;
            policy.check_length(bytes, false)?;
        }
        policy.check_length(bytes, true)?;
        self.context.interruptible(self.context.host().decode(exchange, request, Some(policy.read))).await?;
        Ok(bytes)
    }

    /// Reads the beginning of a failure's body, as well as it can be decoded.
    pub(super) async fn excerpt(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { exchange, request, .. } = *self.context;
        let mut bytes = 0.0;
        while bytes < EXCERPT
            && let Some(chunk) = self.chunk().await?
        {
            bytes += chunk;
        }
        self.context.interruptible(self.context.host().decode(exchange, request, None)).await
    }

    /// Reads the next chunk, within `timeout.idle`.
    fn chunk(&self) -> During<'_, H::Work<'_>> {
        let RequestContext { policy, exchange, .. } = *self.context;
        let idle = policy.timeout.idle;
        let since = if idle < f64::INFINITY { self.context.scope().now() } else { self.deadline.started };
        self.limit(Phase::Idle, since, idle);
        self.context.interruptible(self.context.host().chunk(exchange))
    }
}
