# The same version as the dev dependency `node`; a test compares them.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24.21.0-bookworm-slim
# For TLS to a Temporal cluster elsewhere.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/migrations migrations
COPY --from=build /app/pipelines pipelines
COPY --from=build /app/campaigns campaigns
COPY --from=build /app/prompts prompts
COPY --from=build /app/dist dist
COPY --from=build --chown=node:node /app/information information
RUN install --directory --owner=node --group=node .agentic .agentic/media
USER node
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/workers/main.js"]
