"""PyTorch, eager or compiled, channels last: a module, Adam, a DataLoader's order."""

import torch
from torch import nn
from torch.nn import functional

from benchmarks.training.variants.shared import (
    BATCH,
    BETA,
    LATENT_DIM,
    images,
    options,
    time_epochs,
)


class VAE(nn.Module):
    """The articles' network."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 32, 3, 1, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Flatten(),
        )  # fmt: skip
        self.z_mean, self.z_log_var = (nn.Linear(6272, LATENT_DIM) for _ in range(2))
        self.decoder = nn.Sequential(
            nn.Linear(LATENT_DIM, 6272), nn.Unflatten(1, (128, 7, 7)),
            nn.ConvTranspose2d(128, 64, 3, 2, 1, 1), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(64, 32, 3, 2, 1, 1), nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(32, 1, 3, 1, 1),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the loss in nats per image."""
        features = self.encoder(x)
        z_mean, z_log_var = self.z_mean(features), self.z_log_var(features)
        z = z_mean + torch.exp(z_log_var / 2) * torch.randn_like(z_mean)
        logits = self.decoder(z).float()
        losses = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        kl = (z_mean**2 + torch.exp(z_log_var) - 1 - z_log_var).sum(1).mean() / 2
        return losses + BETA * kl


if __name__ == "__main__":
    asked = options("compiled", "precision")
    model = VAE().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters())
    forward = torch.compile(model) if asked.compiled else model
    x = torch.from_numpy(images()).permute(0, 3, 1, 2).float() / 255

    def epoch() -> None:
        """Take an epoch's steps."""
        for indices in torch.randperm(len(x)).split(BATCH):
            batch = x[indices].contiguous(memory_format=torch.channels_last)
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=asked.precision == "bfloat16"):
                loss = forward(batch)
            loss.backward()
            optimizer.step()

    time_epochs(epoch)
